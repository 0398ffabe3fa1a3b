import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  deleteSession,
  getSessionInfo,
  getSessionMessages,
  listSessions,
  type SDKSessionInfo,
  type SessionMessage,
} from '@anthropic-ai/claude-agent-sdk'
import { z } from 'zod'
import { isInside } from '../projects/directories.ts'
import type { HistoryBounds, Transcript, TranscriptList, TranscriptMessage, TranscriptQuestion } from './transcripts.ts'

/** What is asked of Claude Code's own records. Slow where they are long, so it is done in a thread (`transcriptWorker.ts`). */
export async function answerFromFiles(question: TranscriptQuestion): Promise<unknown> {
  switch (question.type) {
    case 'list':
      return list(question)
    case 'read':
      return read(question)
    case 'remove': {
      const { id, root } = question
      const directory = (await getSessionInfo(id))?.cwd
      if (directory === undefined || !isInside(root, directory)) return false
      await deleteSession(id, { dir: directory })
      return true
    }
    default:
      return question satisfies never
  }
}

/** A longer record is not read only to be counted. */
const COUNT_UP_TO_BYTES = 8 * 1024 * 1024

async function list({ root, limit, offset }: Extract<TranscriptQuestion, { type: 'list' }>): Promise<TranscriptList> {
  const all = await listSessions()
  const inside = all.filter(({ cwd }) => cwd !== undefined && isInside(root, cwd))
  const page = inside.slice(offset, offset + limit)
  return {
    sessions: await Promise.all(page.map(summary)),
    truncated: inside.length > offset + limit,
  }
}

async function summary(info: SDKSessionInfo): Promise<TranscriptList['sessions'][number]> {
  const { sessionId: id, cwd: directory = '', fileSize = Infinity } = info
  const count = fileSize <= COUNT_UP_TO_BYTES ? (await getSessionMessages(id, { dir: directory })).length : undefined
  return {
    id,
    directory,
    title: info.customTitle ?? info.summary,
    changedAt: info.lastModified,
    ...(info.firstPrompt === undefined ? {} : { firstPrompt: info.firstPrompt }),
    ...(info.gitBranch === undefined || info.gitBranch === 'HEAD' ? {} : { branch: info.gitBranch }),
    ...(info.createdAt === undefined ? {} : { createdAt: info.createdAt }),
    ...(count === undefined ? {} : { messages: count }),
  }
}

/** The SDK also looks into other worktrees of the repository; Claude Code goes on only where the conversation was held. */
async function heldIn(id: string, directory: string): Promise<SDKSessionInfo | undefined> {
  const info = await getSessionInfo(id, { dir: directory })
  return info?.cwd === directory ? info : undefined
}

async function read(question: Extract<TranscriptQuestion, { type: 'read' }>): Promise<Transcript | undefined> {
  const { id, directory, bounds } = question
  const info = await heldIn(id, directory)
  if (info === undefined) return undefined
  const all = await getSessionMessages(id, { dir: directory })
  const end = bounds.before === undefined ? all.length : all.findIndex(({ uuid }) => uuid === bounds.before)
  const chain = all.slice(0, Math.max(0, end))
  const record = await readRecord(id)
  const messages = newest(
    chain.map((message) => dress(message, record)),
    bounds,
  )
  const lastUuid = chain.at(-1)?.uuid
  return {
    title: info.customTitle ?? info.summary,
    total: chain.length,
    messages,
    found: end >= 0,
    ...(record.costUsd === undefined ? {} : { costUsd: record.costUsd }),
    ...(bounds.before === undefined || lastUuid === undefined ? {} : { lastUuid }),
  }
}

/** A beginning in the middle of an answer is of no use: the cut is made before a prompt. */
function newest(messages: readonly TranscriptMessage[], { messages: most, bytes }: HistoryBounds): TranscriptMessage[] {
  let size = 0
  let from = messages.length
  while (from > 0 && messages.length - from < most) {
    size += Buffer.byteLength(JSON.stringify(messages[from - 1]))
    if (size > bytes) break
    from -= 1
  }
  const kept = messages.slice(from)
  const prompt = from === 0 ? 0 : kept.findIndex(isPrompt)
  return kept.slice(Math.max(0, prompt))
}

function isPrompt({ type, message }: TranscriptMessage): boolean {
  const content = contentSchema.safeParse(message).data?.content
  return (
    type === 'user' && (typeof content === 'string' || content?.every((block) => block.type !== 'tool_result') === true)
  )
}

const contentSchema = z.looseObject({ content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]) })

// --- The record itself ----------------------------------------------------------------------------------------------

/** What the SDK leaves out of a message: when it was said, and a tool's own result. */
type Extras = { results: Map<string, unknown>; costUsd?: number }

function dress(message: SessionMessage & { timestamp?: unknown }, { results }: Extras): TranscriptMessage {
  const { type, uuid, parent_tool_use_id, timestamp } = message
  const at = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN
  return {
    type,
    uuid,
    parent_tool_use_id,
    message: message.message,
    ...(Number.isNaN(at) ? {} : { at }),
    ...(results.has(uuid) ? { tool_use_result: results.get(uuid) } : {}),
  }
}

const rowSchema = z.looseObject({
  type: z.string().optional(),
  uuid: z.string().optional(),
  toolUseResult: z.unknown().optional(),
  totalCostUSD: z.number().optional(),
})
const MAX_RECORD_BYTES = 256 * 1024 * 1024

/** Extras: without them a history is shorter, not wrong. */
async function readRecord(id: string): Promise<Extras> {
  const record: Extras = { results: new Map() }
  const file = await findRecord(id)
  if (file === undefined || (await stat(file)).size > MAX_RECORD_BYTES) return record
  for (const line of (await readFile(file, 'utf8')).split('\n')) {
    if (!line.includes('"toolUseResult"') && !line.includes('"cost-state"')) continue
    const row = readRow(line)
    if (row?.uuid !== undefined && row.toolUseResult !== undefined) record.results.set(row.uuid, row.toolUseResult)
    if (row?.type === 'cost-state' && row.totalCostUSD !== undefined) record.costUsd = row.totalCostUSD
  }
  return record
}

function readRow(line: string): z.infer<typeof rowSchema> | undefined {
  try {
    return rowSchema.safeParse(JSON.parse(line)).data
  } catch {
    return undefined // a line that was cut off with the process
  }
}

async function findRecord(id: string): Promise<string | undefined> {
  const projects = join(process.env['CLAUDE_CONFIG_DIR'] ?? '', 'projects')
  for (const directory of await readdir(projects).catch(() => [])) {
    const file = join(projects, directory, `${id}.jsonl`)
    if ((await stat(file).catch(() => undefined))?.isFile() === true) return file
  }
  return undefined
}
