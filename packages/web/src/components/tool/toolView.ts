import type { Timeline, TimelineItem, ToolItem } from '@farhand/shared'
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

/** What a tool's row says. Pure; unknown tools and malformed inputs get the general form. `asked`: it waits for a person. */
export function viewTool(item: ToolItem, asked = false): ToolView {
  const view = Object.hasOwn(VIEWS, item.tool) ? VIEWS[item.tool] : undefined
  const { verbs, icon, target, body, mono = true, quiet = false, counts = false, changes = false } = view ?? OTHER
  const [wish, present, past] = typeof verbs === 'string' ? [verbs, verbs, verbs] : verbs
  return {
    icon,
    verb: item.state !== 'running' ? past : asked ? wish : present,
    target: target?.(item) ?? '',
    mono,
    metric: counts ? lines(item) : '',
    changes: changes ? diffOf(item.input, item.result?.structured) : undefined,
    body,
    quiet,
  }
}

type View = {
  icon: ToolIcon
  /** Before it may run, while it runs, and after; or one for all. */
  verbs: readonly [string, string, string] | string
  target?: (item: ToolItem) => string
  body: ToolBodyName
  /** @default true */
  mono?: boolean
  quiet?: boolean
  /** Shows how many lines there are. */
  counts?: boolean
  /** Shows how many lines it adds and removes. */
  changes?: boolean
}

const input = (name: string) => (item: ToolItem) => field(item.input, name)
const SEARCH = { icon: 'search', body: 'text', quiet: true, counts: true } as const
const EDIT: View = { icon: 'edit', verbs: ['Edit', 'Editing', 'Edited'], target: path, body: 'edit', changes: true }
const FIND: View = { ...SEARCH, verbs: ['Find files', 'Finding files', 'Found files'], target: patternOrPath }
const AGENT: View = { icon: 'agent', verbs: 'Agent', target: input('description'), mono: false, body: 'agent' }

const VIEWS: Record<string, View> = {
  Bash: { icon: 'terminal', verbs: ['Run', 'Running', 'Ran'], target: input('command'), body: 'bash' },
  Edit: EDIT,
  MultiEdit: EDIT,
  Write: { ...EDIT, verbs: ['Write', 'Writing', 'Wrote'] },
  Read: { ...SEARCH, icon: 'file', verbs: ['Read', 'Reading', 'Read'], target: path },
  Grep: { ...SEARCH, verbs: ['Search', 'Searching', 'Searched'], target: input('pattern') },
  Glob: FIND,
  LS: FIND,
  WebFetch: { icon: 'globe', verbs: ['Fetch', 'Fetching', 'Fetched'], target: input('url'), body: 'text' },
  WebSearch: {
    icon: 'globe',
    verbs: ['Search the web', 'Searching the web', 'Searched the web'],
    target: input('query'),
    mono: false,
    body: 'text',
  },
  Task: AGENT,
  Agent: AGENT,
  TodoWrite: { icon: 'list', verbs: 'Updated the task list', body: 'tasks' },
  TaskCreate: { icon: 'list', verbs: 'Added a task', target: input('subject'), mono: false, body: 'tasks' },
  TaskUpdate: { icon: 'list', verbs: 'Updated a task', target: taskChange, mono: false, body: 'tasks' },
  AskUserQuestion: {
    icon: 'question',
    verbs: ['Ask', 'Asking', 'Asked'],
    target: questions,
    mono: false,
    body: 'question',
  },
  ExitPlanMode: { icon: 'plan', verbs: ['Propose a plan', 'Proposing a plan', 'Proposed a plan'], body: 'plan' },
}
const OTHER: View = {
  icon: 'tool',
  verbs: ['Use', 'Using', 'Used'],
  target: (item) => toolName(item.tool),
  body: 'json',
}

/** Does its row open by itself? Changes and failures are what a reader looks for. */
export function opensByItself(item: ToolItem, view: ToolView): boolean {
  if (item.state === 'failed') return view.body !== 'plan' && view.body !== 'question'
  return view.body === 'edit' && item.state === 'done'
}

/** What a subagent did, in order. */
export function nestedItems(timeline: Timeline, toolUseId: string): TimelineItem[] {
  return timeline.items.filter((item) => 'parentToolUseId' in item && item.parentToolUseId === toolUseId)
}

export function field(said: Record<string, unknown>, name: string): string {
  const value = said[name]
  return typeof value === 'string' ? value : ''
}

function path({ input: said }: ToolItem): string {
  return field(said, 'file_path') || field(said, 'path') || field(said, 'notebook_path')
}

function patternOrPath(item: ToolItem): string {
  return field(item.input, 'pattern') || path(item)
}

function lines(item: ToolItem): string {
  const output = item.result?.output
  if (item.state !== 'done' || output === undefined) return ''
  const count = output === '' ? 0 : output.replace(/\n$/, '').split('\n').length
  return plural(count, 'line')
}

function taskChange({ input: said }: ToolItem): string {
  const status = field(said, 'status')
  const subject = field(said, 'subject') || field(said, 'activeForm')
  return [subject, status.replace('_', ' ')].filter((part) => part !== '').join(' · ')
}

function questions({ input: said }: ToolItem): string {
  const list = said['questions']
  return Array.isArray(list) ? plural(list.length, 'question') : ''
}

/** `mcp__server__do_it` is a tool of a server that the project added. */
function toolName(tool: string): string {
  const [prefix, server, ...rest] = tool.split('__')
  return prefix === 'mcp' && server !== undefined && rest.length > 0 ? `${rest.join('__')} from ${server}` : tool
}
