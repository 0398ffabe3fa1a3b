import type { ToolItem } from '@farhand/shared'
import { mcpTool } from '../../format/mcp.ts'
import { humanBytes, plural } from '../../format/text.ts'
import { toolVerbs, type Verbs } from '../../texts/tools.ts'
import { agentResult, bashResult, editResult, fetchResult, globResult, grepResult, readResult } from './toolResult.ts'

/** Which body a tool's row opens to. */
export type ToolBodyName =
  | 'bash'
  | 'read'
  | 'edit'
  | 'notebook'
  | 'matches'
  | 'files'
  | 'fetch'
  | 'webSearch'
  | 'agent'
  | 'tasks'
  | 'question'
  | 'plan'
  | 'mcp'
  | 'json'
  | 'none'

export type ToolIconName =
  | 'terminal'
  | 'edit'
  | 'file'
  | 'search'
  | 'globe'
  | 'list'
  | 'agent'
  | 'question'
  | 'plan'
  | 'branch'
  | 'plug'
  | 'tool'

/** What consecutive calls are counted as when they are shown as one line. */
export type ToolGroupKind = 'read' | 'search' | 'page'

export type ToolDefinition = {
  icon: ToolIconName
  verbs: Verbs | ((item: ToolItem) => Verbs)
  target?: (item: ToolItem) => string
  body: ToolBodyName
  /** The target is a path, command or pattern, set in the fixed-width face. @default true */
  mono?: boolean
  metric?: (item: ToolItem) => string
  /** Shows how many lines it adds and removes. */
  changes?: boolean
  /** Read-only and unremarkable: several in a row may be shown as one line. */
  group?: ToolGroupKind
}

const EDIT: ToolDefinition = { icon: 'edit', verbs: toolVerbs.Edit, target: path, body: 'edit', changes: true }
const FIND: ToolDefinition = {
  icon: 'search',
  verbs: toolVerbs.Glob,
  target: (item) => field(item.input, 'pattern') || path(item),
  body: 'files',
  group: 'search',
  metric: (item) => counted(globResult(item)?.numFiles ?? outputLines(item), 'file'),
}
const AGENT: ToolDefinition = {
  icon: 'agent',
  verbs: toolVerbs.Agent,
  target: agentTarget,
  mono: false,
  body: 'agent',
  metric: agentMetric,
}
const plainTask = (verbs: Verbs, target: (item: ToolItem) => string): ToolDefinition => ({
  icon: 'list',
  verbs,
  target,
  mono: false,
  body: 'tasks',
})
const worktree = (verbs: Verbs): ToolDefinition => ({
  icon: 'branch',
  verbs,
  target: input('name', 'path', 'branch'),
  body: 'json',
})

/** Tool names of Claude Code → how they are shown. What is not here gets the general form, and MCP tools their own. */
export const TOOL_VIEWS: Readonly<Record<string, ToolDefinition>> = {
  Bash: {
    icon: 'terminal',
    verbs: ({ input: said }) => (said['run_in_background'] === true ? toolVerbs.Background : toolVerbs.Bash),
    target: (item) => firstOf(field(item.input, 'description'), field(item.input, 'command')),
    mono: false,
    body: 'bash',
    metric: bashMetric,
  },
  Read: {
    icon: 'file',
    verbs: toolVerbs.Read,
    target: readTarget,
    body: 'read',
    group: 'read',
    metric: readMetric,
  },
  Edit: EDIT,
  MultiEdit: EDIT,
  Write: {
    ...EDIT,
    verbs: (item) => (editResult(item)?.type === 'create' ? toolVerbs.Create : toolVerbs.Write),
  },
  NotebookEdit: {
    icon: 'edit',
    verbs: toolVerbs.NotebookEdit,
    target: (item) => [field(item.input, 'cell_id'), path(item)].filter((part) => part !== '').join(' '),
    body: 'notebook',
    changes: true,
  },
  Grep: {
    icon: 'search',
    verbs: toolVerbs.Grep,
    target: grepTarget,
    body: 'matches',
    group: 'search',
    metric: grepMetric,
  },
  Glob: FIND,
  LS: FIND,
  ToolSearch: {
    icon: 'search',
    verbs: toolVerbs.ToolSearch,
    target: input('query'),
    mono: false,
    body: 'json',
    group: 'search',
  },
  WebFetch: {
    icon: 'globe',
    verbs: toolVerbs.WebFetch,
    target: ({ input: said }) => field(said, 'url').replace(/^https?:\/\//, ''),
    body: 'fetch',
    group: 'page',
    metric: fetchMetric,
  },
  WebSearch: {
    icon: 'globe',
    verbs: toolVerbs.WebSearch,
    target: input('query'),
    mono: false,
    body: 'webSearch',
    group: 'page',
  },
  Task: AGENT,
  Agent: AGENT,
  TodoWrite: plainTask(toolVerbs.TodoWrite, todoTarget),
  TaskCreate: plainTask(toolVerbs.TaskCreate, input('subject')),
  TaskUpdate: plainTask(toolVerbs.TaskUpdate, taskChange),
  TaskList: plainTask(toolVerbs.TaskList, () => ''),
  AskUserQuestion: {
    icon: 'question',
    verbs: toolVerbs.AskUserQuestion,
    target: ({ input: said }) => (Array.isArray(said['questions']) ? plural(said['questions'].length, 'question') : ''),
    mono: false,
    body: 'question',
  },
  EnterPlanMode: { icon: 'plan', verbs: toolVerbs.EnterPlanMode, body: 'none' },
  ExitPlanMode: { icon: 'plan', verbs: toolVerbs.ExitPlanMode, body: 'plan' },
  Skill: { icon: 'tool', verbs: toolVerbs.Skill, target: input('skill', 'command', 'name'), body: 'json' },
  TaskStop: { icon: 'terminal', verbs: toolVerbs.TaskStop, target: input('task_id', 'shell_id'), body: 'json' },
  KillShell: { icon: 'terminal', verbs: toolVerbs.TaskStop, target: input('shell_id'), body: 'json' },
  TaskOutput: { icon: 'terminal', verbs: toolVerbs.TaskOutput, target: input('task_id'), body: 'bash' },
  BashOutput: { icon: 'terminal', verbs: toolVerbs.TaskOutput, target: input('bash_id'), body: 'bash' },
  Monitor: { icon: 'terminal', verbs: toolVerbs.Monitor, target: input('description', 'command'), body: 'bash' },
  EnterWorktree: worktree(toolVerbs.EnterWorktree),
  ExitWorktree: worktree(toolVerbs.ExitWorktree),
}

const OTHER: ToolDefinition = {
  icon: 'tool',
  verbs: toolVerbs.other,
  target: ({ tool }) => tool,
  body: 'json',
  metric: (item) => sized(item.result?.output.length),
}
const MCP: ToolDefinition = {
  ...OTHER,
  icon: 'plug',
  target: ({ tool }) => mcpName(tool)?.name ?? tool,
  mono: false,
  body: 'mcp',
}

export function definitionOf(tool: string): ToolDefinition {
  const own = Object.hasOwn(TOOL_VIEWS, tool) ? TOOL_VIEWS[tool] : undefined
  return own ?? (mcpName(tool) === undefined ? OTHER : MCP)
}

/** A server's tool in words: `do_it` reads `Do it`. */
export function mcpName(tool: string): { server: string; name: string } | undefined {
  const known = mcpTool(tool)
  if (known === undefined) return undefined
  const words = known.tool.replaceAll(/[_-]+/g, ' ').trim()
  return { server: known.server, name: words.charAt(0).toUpperCase() + words.slice(1) }
}

export function field(said: Record<string, unknown>, name: string): string {
  const value = said[name]
  return typeof value === 'string' ? value : ''
}

function input(...names: string[]): (item: ToolItem) => string {
  return ({ input: said }) => firstOf(...names.map((name) => field(said, name)))
}

function firstOf(...texts: string[]): string {
  return texts.find((text) => text !== '') ?? ''
}

function path({ input: said }: ToolItem): string {
  return firstOf(field(said, 'file_path'), field(said, 'path'), field(said, 'notebook_path'))
}

function readTarget(item: ToolItem): string {
  const { offset, limit } = item.input
  if (typeof offset !== 'number') return path(item)
  return `${path(item)}:${offset}${typeof limit === 'number' ? `–${offset + limit - 1}` : ''}`
}

function readMetric(item: ToolItem): string {
  const read = readResult(item)
  if (read?.type !== 'text') return counted(read === undefined ? outputLines(item) : 0, 'line')
  const { numLines, totalLines } = read.file
  if (numLines === undefined) return ''
  return totalLines === undefined || totalLines === numLines
    ? counted(numLines, 'line')
    : `${numLines} of ${totalLines} lines`
}

function grepTarget({ input: said }: ToolItem): string {
  const where = firstOf(field(said, 'path'), field(said, 'glob'), field(said, 'type'))
  return `/${field(said, 'pattern')}/${where === '' ? '' : ` in ${where}`}`
}

function grepMetric(item: ToolItem): string {
  const found = grepResult(item)
  if (found === undefined) return counted(outputLines(item), 'line')
  const files = plural(found.numFiles, 'file')
  return found.numMatches === undefined ? files : `${found.numMatches} in ${files}`
}

function fetchMetric(item: ToolItem): string {
  const fetched = fetchResult(item)
  return fetched === undefined ? '' : `${fetched.code} · ${humanBytes(fetched.bytes)}`
}

function agentTarget({ input: said }: ToolItem): string {
  return [field(said, 'description'), field(said, 'subagent_type'), field(said, 'model')]
    .filter((part) => part !== '' && part !== 'general-purpose')
    .join(' · ')
}

function agentMetric(item: ToolItem): string {
  const told = agentResult(item)
  if (told === undefined) return ''
  const tokens = told.totalTokens === undefined ? '' : `${compact(told.totalTokens)} tokens`
  return [counted(told.totalToolUseCount ?? 0, 'tool'), tokens].filter((part) => part !== '').join(' · ')
}

function todoTarget({ input: said }: ToolItem): string {
  const todos: unknown = said['todos']
  if (!Array.isArray(todos)) return ''
  const statuses = todos.map((todo: unknown) => statusOf(todo))
  return `${statuses.filter((status) => status === 'completed').length} of ${todos.length}`
}

function statusOf(todo: unknown): unknown {
  return typeof todo === 'object' && todo !== null && 'status' in todo ? todo.status : undefined
}

function taskChange({ input: said }: ToolItem): string {
  const id = field(said, 'taskId')
  const subject = firstOf(field(said, 'subject'), field(said, 'activeForm'), id === '' ? '' : `#${id}`)
  return [subject, field(said, 'status').replace('_', ' ')].filter((part) => part !== '').join(' · ')
}

/** Of what was cut, nobody here can count the lines. */
function bashMetric(item: ToolItem): string {
  if (item.state !== 'done') return ''
  const whole = bashResult(item)?.persistedOutputSize ?? item.result?.truncatedBytes
  return whole === undefined ? counted(terminalLines(item), 'line') : humanBytes(whole)
}

function terminalLines(item: ToolItem): number {
  const told = bashResult(item)
  return told === undefined ? outputLines(item) : linesOf(`${told.stdout}${told.stderr ?? ''}`)
}

function outputLines(item: ToolItem): number {
  return item.state === 'done' ? linesOf(item.result?.output ?? '') : 0
}

function linesOf(text: string): number {
  return text.trim() === '' ? 0 : text.replace(/\n$/, '').split('\n').length
}

function counted(count: number, one: string): string {
  return count === 0 ? '' : plural(count, one)
}

function sized(characters: number | undefined): string {
  return characters === undefined || characters === 0 ? '' : humanBytes(characters)
}

/** `21.4k`. */
export function compact(count: number): string {
  if (count < 1000) return String(count)
  if (count < 1_000_000) return `${(count / 1000).toFixed(1)}k`
  return `${(count / 1_000_000).toFixed(1)}M`
}
