import type { ToolItem } from '@farhand/shared'
import { diffOf } from '../../format/diff.ts'
import { plural } from '../../format/text.ts'

/** Which body a tool's row opens to. */
export type ToolBodyName = 'bash' | 'edit' | 'text' | 'agent' | 'tasks' | 'question' | 'plan' | 'json'
export type ToolIcon =
  | 'terminal'
  | 'edit'
  | 'file'
  | 'search'
  | 'globe'
  | 'list'
  | 'agent'
  | 'question'
  | 'plan'
  | 'tool'

export type ToolView = {
  icon: ToolIcon
  /** In the tense that fits the state. */
  verb: string
  target: string
  /** The target is a path, command or pattern, and is set in the fixed-width face. */
  mono: boolean
  metric: string
  /** Lines that an edit adds and removes. */
  changes: { added: number; removed: number } | undefined
  body: ToolBodyName
  /** Read-only and unremarkable: several in a row may be shown as one line. */
  quiet: boolean
}

/** What a tool's row says. Pure; unknown tools and malformed inputs get the general form. */
export function viewTool(item: ToolItem): ToolView {
  const { input } = item
  const running = item.state === 'running'
  const tense = (now: string, then: string): string => (running ? now : then)
  const general = { metric: '', changes: undefined, mono: true, quiet: false }
  switch (item.tool) {
    case 'Bash':
      return {
        ...general,
        icon: 'terminal',
        verb: tense('Running', 'Ran'),
        target: field(input, 'command'),
        body: 'bash',
      }
    case 'Edit':
    case 'MultiEdit':
      return {
        ...general,
        icon: 'edit',
        verb: tense('Editing', 'Edited'),
        target: path(input),
        changes: diffOf(input, item.result?.structured),
        body: 'edit',
      }
    case 'Write':
      return {
        ...general,
        icon: 'edit',
        verb: tense('Writing', 'Wrote'),
        target: path(input),
        changes: diffOf(input, item.result?.structured),
        body: 'edit',
      }
    case 'Read':
      return {
        ...general,
        icon: 'file',
        verb: tense('Reading', 'Read'),
        target: path(input),
        metric: lines(item),
        body: 'text',
        quiet: true,
      }
    case 'Grep':
      return {
        ...general,
        icon: 'search',
        verb: tense('Searching', 'Searched'),
        target: field(input, 'pattern'),
        metric: lines(item),
        body: 'text',
        quiet: true,
      }
    case 'Glob':
    case 'LS':
      return {
        ...general,
        icon: 'search',
        verb: tense('Finding files', 'Found files'),
        target: field(input, 'pattern') || path(input),
        metric: lines(item),
        body: 'text',
        quiet: true,
      }
    case 'WebFetch':
      return {
        ...general,
        icon: 'globe',
        verb: tense('Fetching', 'Fetched'),
        target: field(input, 'url'),
        body: 'text',
      }
    case 'WebSearch':
      return {
        ...general,
        icon: 'globe',
        verb: tense('Searching the web', 'Searched the web'),
        target: field(input, 'query'),
        mono: false,
        body: 'text',
      }
    case 'Task':
    case 'Agent':
      return {
        ...general,
        icon: 'agent',
        verb: 'Agent',
        target: field(input, 'description'),
        mono: false,
        body: 'agent',
      }
    case 'TodoWrite':
      return { ...general, icon: 'list', verb: 'Updated the task list', target: '', body: 'tasks' }
    case 'TaskCreate':
      return {
        ...general,
        icon: 'list',
        verb: 'Added a task',
        target: field(input, 'subject'),
        mono: false,
        body: 'tasks',
      }
    case 'TaskUpdate':
      return { ...general, icon: 'list', verb: 'Updated a task', target: taskChange(input), mono: false, body: 'tasks' }
    case 'AskUserQuestion':
      return {
        ...general,
        icon: 'question',
        verb: tense('Asking', 'Asked'),
        target: questions(input),
        mono: false,
        body: 'question',
      }
    case 'ExitPlanMode':
      return {
        ...general,
        icon: 'plan',
        verb: tense('Proposing a plan', 'Proposed a plan'),
        target: '',
        mono: false,
        body: 'plan',
      }
    default:
      return { ...general, icon: 'tool', verb: tense('Using', 'Used'), target: toolName(item.tool), body: 'json' }
  }
}

/** Does its row open by itself? Changes and failures are what a reader looks for. */
export function opensByItself(item: ToolItem, view: ToolView): boolean {
  if (item.state === 'failed') return view.body !== 'plan' && view.body !== 'question'
  return view.body === 'edit' && item.state === 'done'
}

export function field(input: Record<string, unknown>, name: string): string {
  const value = input[name]
  return typeof value === 'string' ? value : ''
}

function path(input: Record<string, unknown>): string {
  return field(input, 'file_path') || field(input, 'path') || field(input, 'notebook_path')
}

function lines(item: ToolItem): string {
  const output = item.result?.output
  if (item.state !== 'done' || output === undefined) return ''
  const count = output === '' ? 0 : output.replace(/\n$/, '').split('\n').length
  return plural(count, 'line')
}

function taskChange(input: Record<string, unknown>): string {
  const status = field(input, 'status')
  const subject = field(input, 'subject') || field(input, 'activeForm')
  return [subject, status.replace('_', ' ')].filter((part) => part !== '').join(' · ')
}

function questions(input: Record<string, unknown>): string {
  const list = input['questions']
  return Array.isArray(list) ? plural(list.length, 'question') : ''
}

/** `mcp__server__do_it` is a tool of a server that the project added. */
function toolName(tool: string): string {
  const [prefix, server, ...rest] = tool.split('__')
  return prefix === 'mcp' && server !== undefined && rest.length > 0 ? `${rest.join('__')} from ${server}` : tool
}
