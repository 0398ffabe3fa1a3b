import { basename } from 'node:path'
import type { ToolCall, ToolContent } from './messages.ts'

/** A tool call of an ACP agent, in the words that policies and pages know. */
export type DescribedCall = {
  tool: string
  input: Record<string, unknown>
  /** What the policy is asked. The first one has to be allowed; any of them may deny or ask. */
  judged: { tool: string; input: Record<string, unknown> }[]
  /** What it is about was told as data, and not in a title for people alone. */
  certain: boolean
}

/**
 * ACP gives each call a kind, a title, and what its author liked to tell. Rules name tools as Claude Code does, so a kind
 * becomes that tool's name, and the members that rules and pages look at are put where that tool has them. What the agent
 * told stays beside them: the digest of a request is of all of it. Pure.
 */
export function describeCall(call: ToolCall): DescribedCall {
  switch (call.kind) {
    case 'execute':
      return command(call)
    case 'edit':
      return edit(call)
    case 'delete':
      return paths('Delete', call, ['Write', 'Edit'])
    case 'move':
      return paths('Move', call, ['Write', 'Edit'])
    case 'read':
      return paths('Read', call, [])
    case 'search':
      return paths('Grep', call, [])
    case 'fetch':
      return fetched(call)
    default:
      return other(call)
  }
}

function command(call: ToolCall): DescribedCall {
  const told = commandOf(rawOf(call))
  const line = told ?? untitled(call)
  const input = { ...shared(call, line), command: line }
  return { tool: 'Bash', input, judged: [{ tool: 'Bash', input: { command: line } }], certain: told !== undefined }
}

/** A line as it is, or the words of a call without a shell; of a shell that is given a line, that line. */
function commandOf({ command: told, cmd, args }: Record<string, unknown>): string | undefined {
  const first = told ?? cmd
  const words = [...(isList(first) ? first : [first]), ...(isList(args) ? args : [])]
  if (!words.every((word) => typeof word === 'string') || words.length === 0) return undefined
  if (words.length === 1) return words[0]
  const [shell = '', flag = '', line] = words
  const isShell = /^(?:ba|z|da|k)?sh$/.test(basename(shell)) && /^-[a-z]*c$/.test(flag)
  return isShell && line !== undefined && words.length === 3 ? line : words.map(quoted).join(' ')
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value)
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

function edit(call: ToolCall): DescribedCall {
  const diffs = (call.content ?? []).filter(isDiff)
  const files = [...new Set([...diffs.map(({ path }) => path), ...pathsOf(call)])]
  const judged = files.flatMap((file_path) => [
    { tool: 'Edit', input: { file_path } },
    { tool: 'Write', input: { file_path } },
  ])
  const [only, ...others] = diffs
  const [file_path] = files
  const base = { ...shared(call), ...(file_path === undefined ? {} : { file_path }) }
  const described = { judged: orItself('Edit', base, judged), certain: files.length > 0 }
  if (only !== undefined && others.length === 0) {
    return only.oldText == null
      ? { tool: 'Write', input: { ...base, content: only.newText }, ...described }
      : { tool: 'Edit', input: { ...base, old_string: only.oldText, new_string: only.newText }, ...described }
  }
  if (only === undefined) return { tool: 'Edit', input: base, ...described }
  const edits = diffs.map(({ path, oldText, newText }) => ({
    file_path: path,
    old_string: oldText ?? '',
    new_string: newText,
  }))
  return { tool: 'MultiEdit', input: { ...base, edits }, ...described }
}

type Diff = ToolContent & { path: string; newText: string }

function isDiff(content: ToolContent): content is Diff {
  return content.type === 'diff' && content.path != null && content.newText != null
}

/** @param also tools whose rules are about the same files */
function paths(tool: string, call: ToolCall, also: readonly string[]): DescribedCall {
  const files = pathsOf(call)
  const [file_path] = files
  const input = { ...shared(call), ...(file_path === undefined ? {} : { file_path }) }
  const asked = tool === 'Grep' ? (path: string) => ({ path }) : (path: string) => ({ file_path: path })
  const judged = files.flatMap((file) => [tool, ...also].map((name) => ({ tool: name, input: asked(file) })))
  return { tool, input, judged: orItself(tool, input, judged), certain: files.length > 0 }
}

function fetched(call: ToolCall): DescribedCall {
  const { url } = rawOf(call)
  const known = typeof url === 'string' ? url : /https?:\/\/\S+/.exec(call.title ?? '')?.[0]
  const input = { ...shared(call), ...(known === undefined ? {} : { url: known }) }
  return { tool: 'WebFetch', input, judged: [{ tool: 'WebFetch', input }], certain: typeof url === 'string' }
}

/** A tool of another kind goes by its own name. */
function other(call: ToolCall): DescribedCall {
  const tool = call.name ?? KIND_NAMES[call.kind ?? ''] ?? 'Tool'
  const input = shared(call)
  return { tool, input, judged: [{ tool, input }], certain: call.rawInput !== undefined }
}

const KIND_NAMES: Record<string, string> = { think: 'Think', switch_mode: 'SwitchMode' }

function orItself(
  tool: string,
  input: Record<string, unknown>,
  judged: DescribedCall['judged'],
): DescribedCall['judged'] {
  return judged.length > 0 ? judged : [{ tool, input }]
}

/** What was told of any kind of call. @param shown what people see of it anyway */
function shared(call: ToolCall, shown?: string): Record<string, unknown> {
  const { title, locations } = call
  const told = title == null || title === shown || title === `\`${shown ?? ''}\`` ? {} : { description: title }
  return {
    ...told,
    ...(locations == null || locations.length === 0 ? {} : { locations: locations.map(({ path }) => path) }),
    ...rawOf(call),
  }
}

function rawOf({ rawInput }: ToolCall): Record<string, unknown> {
  if (rawInput === undefined || rawInput === null) return {}
  return isRecord(rawInput) ? rawInput : { input: rawInput }
}

function pathsOf(call: ToolCall): string[] {
  const raw = rawOf(call)
  const named = PATH_MEMBERS.map((member) => raw[member]).filter((path) => typeof path === 'string')
  return [...new Set([...(call.locations ?? []).map(({ path }) => path), ...named])]
}

const PATH_MEMBERS = ['file_path', 'path', 'abs_path', 'source', 'destination', 'from', 'to']

function untitled({ title }: ToolCall): string {
  return /^`(.*)`$/s.exec(title ?? '')?.[1] ?? title ?? ''
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
