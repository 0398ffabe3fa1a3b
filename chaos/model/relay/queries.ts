import type { AgentCommand, Entry, Page } from '@farhand/shared'
import type { Lane, PageQuestion, WaitingInput } from '../../../packages/server/src/log/store.ts'
import { isDelta } from '../../../packages/server/src/websocket/finalDetail.ts'
import { heldKey, requestKey, type EntryRow, type InputRow, type RequestRow, type Tables } from './tables.ts'

/** What the relay asks its tables, as `packages/server/src/log/sqlite/{pages,inputs,compaction}.ts` do with SQL. */

export function readPage(tables: Tables, question: PageQuestion): (Page & { head: number }) | undefined {
  const head = tables.sessions.get(question.sessionId)?.head
  if (head === undefined) return undefined
  const { after, before, limit, detail } = question
  const end = Math.min(before ?? head + 1, head + 1)
  const start = Math.min(after ?? 0, end - 1)
  const forward = after !== undefined
  const all = entriesOf(tables, question.sessionId).filter(
    ({ entry }) => entry.seq > start && entry.seq < end && (detail === 'full' || !isDelta(entry)),
  )
  const rows = forward ? all.slice(0, limit) : all.slice(-limit)
  const whole = rows.length < limit
  const from = forward || whole ? start : (rows[0]?.entry.seq ?? end) - 1
  const to = !forward || whole ? end - 1 : (rows.at(-1)?.entry.seq ?? start)
  return { entries: chain(rows, from), from, to, head }
}

function chain(rows: readonly EntryRow[], from: number): Entry[] {
  let prev = from
  return rows.map(({ entry }) => {
    const chained = entry.prev === prev ? entry : { ...entry, prev }
    prev = entry.seq
    return chained
  })
}

/** In the order of their seq. */
export function entriesOf(tables: Tables, sessionId: string): EntryRow[] {
  return [...(tables.entries.get(sessionId)?.values() ?? [])]
}

export function nextInput(tables: Tables, sessionId: string, lane: Lane): WaitingInput | undefined {
  const waiting = undelivered(tables, 'free').filter(
    (row) => row.sessionId === sessionId && (row.kind === 'cancel') === (lane === 'cancel'),
  )
  const first = waiting.toSorted((a, b) => a.seq - b.seq)[0]
  return first === undefined ? undefined : toWaitingInput(tables, first)
}

export function waitingInputs(tables: Tables, agentId: string, limit: number): WaitingInput[] {
  const rank = (row: InputRow): number => Number(row.kind !== 'cancel')
  const position = (row: InputRow): number => tables.entries.get(row.sessionId)?.get(row.seq)?.position ?? 0
  return undelivered(tables, 'free')
    .filter((row) => servedBy(tables, row) === agentId)
    .toSorted((a, b) => rank(a) - rank(b) || position(a) - position(b))
    .slice(0, limit)
    .flatMap((row) => toWaitingInput(tables, row) ?? [])
}

/** Commands that an agent acknowledged and nobody has ended. */
export function openCommands(tables: Tables, agentId: string): { sessionId: string; commandId: string }[] {
  return [...tables.inputs.values()]
    .filter((row) => row.kind === 'command' && row.delivered && !row.finished && servedBy(tables, row) === agentId)
    .map(({ sessionId, inputId }) => ({ sessionId, commandId: inputId }))
}

export function sessionsWithInputs(tables: Tables, agentId: string): string[] {
  const rows = undelivered(tables).filter((row) => servedBy(tables, row) === agentId)
  return [...new Set(rows.map((row) => row.sessionId))]
}

export function expiredCommands(tables: Tables, now: number): string[] {
  return undelivered(tables)
    .filter((row) => !row.finished && row.expiresAt !== undefined && row.expiresAt <= now)
    .map((row) => row.inputId)
}

/** LOG7: drops previews up to a position that a final record of their command after them replaced. */
export function dropReplaced(tables: Tables, upTo: number): void {
  for (const rows of tables.entries.values()) {
    const finals = new Map<string, number>()
    for (const { entry } of rows.values()) {
      if (entry.final === true && entry.key !== undefined) finals.set(`${entry.commandId} ${entry.key}`, entry.seq)
    }
    for (const [seq, { entry, position }] of rows) {
      const record = isDelta(entry) ? finals.get(`${entry.commandId} ${entry.key}`) : undefined
      const mature = position > tables.compactedTo && position <= upTo
      if (mature && record !== undefined && record > seq) rows.delete(seq)
    }
  }
  tables.compactedTo = Math.max(tables.compactedTo, upTo)
}

/** `free`: without commands that are held. */
function undelivered(tables: Tables, which: 'free' | 'all' = 'all'): InputRow[] {
  const rows = [...tables.inputs.values()].filter((row) => !row.delivered)
  return which === 'all' ? rows : rows.filter((row) => heldRequest(tables, row)?.state !== 'open')
}

function heldRequest(tables: Tables, { sessionId, inputId }: InputRow): RequestRow | undefined {
  return tables.requests.get(requestKey(sessionId, heldKey(inputId)))
}

function toWaitingInput(tables: Tables, row: InputRow): WaitingInput | undefined {
  const input = toAgentCommand(tables, row)
  const held = heldRequest(tables, row)
  if (input === undefined) return undefined
  return { input, ...(held?.state === 'decided' ? { confirmedAt: held.at } : {}) }
}

function servedBy(tables: Tables, row: InputRow): string | undefined {
  return tables.projects.get(tables.sessions.get(row.sessionId)?.projectId ?? '')
}

function toAgentCommand(tables: Tables, row: InputRow): AgentCommand | undefined {
  const entry = tables.entries.get(row.sessionId)?.get(row.seq)?.entry
  const projectId = tables.sessions.get(row.sessionId)?.projectId
  if (entry === undefined || projectId === undefined) return undefined
  return {
    type: 'agent_command',
    sessionId: row.sessionId,
    projectId,
    seq: row.seq,
    inputId: row.inputId,
    kind: entry.kind,
    ...(entry.key === undefined ? {} : { key: entry.key }),
    ...(entry.digest === undefined ? {} : { digest: entry.digest }),
    command: entry.response,
    options: {},
    ...(row.expiresAt === undefined ? {} : { expiresAt: row.expiresAt }),
    author: entry.author ?? { id: 'relay', name: 'Farhand' },
    at: entry.at,
  }
}
