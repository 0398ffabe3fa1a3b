import { appendFileSync, readFileSync } from 'node:fs'
import { z } from 'zod'

/**
 * Claude Code's own record of a conversation, as far as a call in it that waits for a person is concerned. A hook may
 * defer a call; Claude Code then writes that down, and when the conversation is resumed it takes up the very same call and
 * asks again. What was killed while it asked has no such line, so it is added here, in the form in which Claude Code
 * writes it. A record that does not look as expected is left alone: then the call can't be taken up.
 */
export type WaitingCall = { toolUseId: string; tool: string; permissionMode: string }

/** Whether the call is the last thing that happened in the main conversation, and has no result. */
export function stillWaits(file: string, toolUseId: string): boolean {
  return findCall(readRows(file), toolUseId) !== undefined
}

/**
 * Writes down that the call is deferred, once. Only while no Claude Code works on the conversation.
 * @returns false where it can't be taken up
 */
export function deferCall(file: string, call: WaitingCall, now: { at: Date; uuid: string }): boolean {
  const { text, rows } = readFile(file)
  const found = findCall(rows, call.toolUseId)
  if (found === undefined) return false
  if (found.deferred) return true
  const { uuid: parentUuid, input, envelope } = found
  const row = {
    parentUuid,
    ...envelope,
    isSidechain: false,
    type: 'attachment',
    attachment: {
      type: 'hook_deferred_tool',
      toolUseID: call.toolUseId,
      toolName: call.tool,
      toolInput: input,
      hookName: 'farhand',
      hookEvent: 'PreToolUse',
      permissionMode: call.permissionMode,
    },
    uuid: now.uuid,
    timestamp: now.at.toISOString(),
  }
  // A last line that was cut off with the process must not swallow ours.
  appendFileSync(file, `${text === '' || text.endsWith('\n') ? '' : '\n'}${JSON.stringify(row)}\n`)
  return true
}

const blockSchema = z.looseObject({
  type: z.string(),
  id: z.string().optional(),
  tool_use_id: z.string().optional(),
  input: z.unknown().optional(),
})
const rowSchema = z.looseObject({
  type: z.string(),
  uuid: z.string().optional(),
  isSidechain: z.boolean().optional(),
  message: z
    .looseObject({ id: z.string().optional(), content: z.union([z.string(), z.array(blockSchema)]) })
    .optional(),
  attachment: z.looseObject({ type: z.string(), toolUseID: z.string().optional() }).optional(),
})
type Row = z.infer<typeof rowSchema>

/** What every line of a conversation says beside its content. */
const ENVELOPE = ['userType', 'entrypoint', 'cwd', 'sessionId', 'version', 'gitBranch']

type FoundCall = { uuid: string; input: unknown; envelope: Record<string, unknown>; deferred: boolean }

function findCall(rows: readonly Row[], toolUseId: string): FoundCall | undefined {
  const index = rows.findLastIndex(
    (row) => row.type === 'assistant' && blocksOf(row).some(({ id }) => id === toolUseId),
  )
  const row = rows[index]
  if (row?.uuid === undefined) return undefined
  const after = rows.slice(index + 1)
  if (after.some((later) => goesOn(later, row, toolUseId))) return undefined
  return {
    uuid: row.uuid,
    input: blocksOf(row).find(({ id }) => id === toolUseId)?.input ?? {},
    envelope: Object.fromEntries(ENVELOPE.flatMap((name) => (name in row ? [[name, row[name]]] : []))),
    deferred: after.some(({ attachment }) => attachment?.toolUseID === toolUseId && attachment.type === DEFERRED),
  }
}

const DEFERRED = 'hook_deferred_tool'

/** The call has its result, or the conversation went on without one: somebody spoke, or Claude did. */
function goesOn(later: Row, call: Row, toolUseId: string): boolean {
  if (later.type === 'assistant') return later.message?.id !== call.message?.id
  if (later.type !== 'user') return false
  const results = blocksOf(later).filter(({ type }) => type === 'tool_result')
  return results.length === 0 || results.some(({ tool_use_id: id }) => id === toolUseId)
}

function blocksOf({ message }: Row): z.infer<typeof blockSchema>[] {
  return Array.isArray(message?.content) ? message.content : []
}

function readRows(file: string): Row[] {
  return readFile(file).rows
}

/** Lines of other kinds, of subagents, and one that was cut off with the process say nothing about the call. */
function readFile(file: string): { text: string; rows: Row[] } {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return { text: '', rows: [] } // removed, or not ours to read: nothing can be taken up there
  }
  const rows = text.split('\n').flatMap((line) => readRow(line) ?? [])
  return { text, rows: rows.filter(({ isSidechain }) => isSidechain !== true) }
}

function readRow(line: string): Row | undefined {
  try {
    return rowSchema.safeParse(JSON.parse(line)).data
  } catch {
    return undefined // an empty or cut line
  }
}
