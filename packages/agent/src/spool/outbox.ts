import type { DatabaseSync } from 'node:sqlite'
import { commandResponseSchema, type CommandResponse } from '@farhand/shared'
import { z } from 'zod'
import type { Commits } from './commits.ts'
import { readDocument } from './readDocument.ts'
import { createRecent } from './recent.ts'

/** A response before it has its place: which session it is of, and its number there. */
export type NewResponse = Omit<CommandResponse, 'type' | 'sessionId' | 'commandId' | 'n' | 'at'>

/** Responses that the relay may not hold yet (AG4). They are numbered here, and forgotten when acknowledged. */
export type OutboxStore = {
  /** Takes effect on the disk with the next commit; the numbers are given out at once, in order. */
  append(sessionId: string, commandId: string, at: number, responses: readonly NewResponse[]): void
  /** Every session that ever said something, the one that has something to send first. */
  positions(): Position[]
  /** Sessions with something that is committed and not acknowledged: `acked + 1 … last`. */
  unsent(): Position[]
  position(sessionId: string): Position
  /**
   * Committed responses `from … to`, at most `maxBytes` of bodies but always one. A number that was acknowledged and
   * forgotten is filled with a notice: the relay asks for it only after its own log was restored from an older copy.
   */
  read(sessionId: string, from: number, to: number, maxBytes: number): { responses: CommandResponse[]; bytes: number }
  /** The relay holds everything up to here. */
  forget(sessionId: string, upTo: number): void
  /** Nothing of this session is wanted any more. Its numbers stay given. */
  drop(sessionId: string): void
  /**
   * Sessions that the relay holds of this agent and that are not known here: their numbers go on behind its own. That is
   * so when the database was damaged and a new one begun.
   * @throws FarhandError `AGENT_STORAGE`
   */
  adopt(held: readonly { sessionId: string; lastN: number }[]): void
}

export type Position = { sessionId: string; acked: number; last: number }

/** Rarely used sessions beyond this many are left out of the hello; they come back when they have something to say. */
const MAX_POSITIONS = 10_000
/** What is sent right after its commit need not come back from the disk. */
const RECENT_BYTES = 8 * 1024 * 1024

export function openOutboxStore(db: DatabaseSync, commits: Commits, clock: { now(): number }): OutboxStore {
  const sql = prepare(db)
  /** The newest number given out, which may not be committed yet. */
  const given = new Map<string, number>()
  const recent = createRecent(RECENT_BYTES)
  /** As `unsent` answers it, known here so that not every commit is followed by a question. */
  const unsent = new Map(readPositions(sql.unsent.all()).map((found) => [found.sessionId, found]))

  /** Acknowledged, and still on the disk: one deletion for all that is acknowledged until it comes to it. */
  const forgetting = new Map<string, { upTo: number }>()

  const position = (sessionId: string): Position => {
    const row = positionSchema.optional().parse(sql.position.get(sessionId))
    return { sessionId, acked: row?.acked_n ?? 0, last: row?.last_n ?? 0 }
  }

  return {
    append(sessionId, commandId, at, responses) {
      const before = given.get(sessionId) ?? position(sessionId).last
      const rows = responses.map((said, index) => {
        const n = before + index + 1
        const response = sendable({ type: 'command_response', sessionId, commandId, n, ...said, at })
        return { response, bytes: Buffer.byteLength(response.data), body: JSON.stringify(response) }
      })
      const last = before + rows.length
      given.set(sessionId, last)
      recent.add(sessionId, rows)
      commits.write(
        () => {
          for (const { response, bytes, body } of rows) sql.insert.run(sessionId, response.n, bytes, body)
          sql.setLast.run(sessionId, last, clock.now())
        },
        () => unsent.set(sessionId, { sessionId, acked: unsent.get(sessionId)?.acked ?? before, last }),
      )
    },
    positions: () => readPositions(sql.positions.all(MAX_POSITIONS)),
    unsent: () => [...unsent.values()],
    position,
    read(sessionId, from, to, maxBytes) {
      // What was said just now is known without a question, which would stand between each commit and its sending.
      const committed = unsent.get(sessionId)
      const known = committed && recent.read(sessionId, from, Math.min(to, committed.last), maxBytes)
      if (known !== undefined) return known
      const { acked } = position(sessionId)
      const responses: CommandResponse[] = []
      for (let n = from; n <= Math.min(to, acked); n += 1) responses.push(forgotten(sessionId, n))
      let bytes = 0
      for (const raw of sql.read.iterate(sessionId, Math.max(from, acked + 1), to)) {
        const row = rowSchema.parse(raw)
        if (responses.length > 0 && bytes + row.bytes > maxBytes) break
        responses.push(readDocument(commandResponseSchema, row.body) ?? forgotten(sessionId, row.n))
        bytes += row.bytes
      }
      return { responses, bytes }
    },
    forget(sessionId, upTo) {
      recent.forget(sessionId, upTo)
      const open = unsent.get(sessionId)
      if (open !== undefined && open.last <= upTo) unsent.delete(sessionId)
      else if (open !== undefined) unsent.set(sessionId, { ...open, acked: Math.max(open.acked, upTo) })
      // Rows that come back after a crash are known to the relay, which says so again.
      const waiting = forgetting.get(sessionId)
      if (waiting !== undefined) {
        waiting.upTo = Math.max(waiting.upTo, upTo)
        return
      }
      const acknowledged = { upTo }
      forgetting.set(sessionId, acknowledged)
      commits.writeLater(() => {
        forgetting.delete(sessionId)
        sql.forget.run(sessionId, acknowledged.upTo)
        sql.setAcked.run(acknowledged.upTo, sessionId)
      })
    },
    drop(sessionId) {
      commits.write(
        () => {
          sql.drop.run(sessionId)
          sql.setAllAcked.run(sessionId)
        },
        () => {
          recent.forget(sessionId, Number.MAX_SAFE_INTEGER)
          unsent.delete(sessionId)
        },
      )
    },
    adopt(held) {
      const unknown = held.filter(({ sessionId, lastN }) => {
        return lastN > 0 && !given.has(sessionId) && position(sessionId).last === 0
      })
      if (unknown.length === 0) return
      commits.now(() => {
        for (const { sessionId, lastN } of unknown) sql.adopt.run(sessionId, lastN, lastN, clock.now())
      })
    },
  }
}

const positionSchema = z.object({ acked_n: z.int(), last_n: z.int() })
const rowSchema = z.object({ n: z.int(), bytes: z.int(), body: z.string() })

function readPositions(rows: unknown): Position[] {
  return z
    .array(positionSchema.extend({ session_id: z.string() }))
    .parse(rows)
    .map(({ session_id, acked_n, last_n }) => ({ sessionId: session_id, acked: acked_n, last: last_n }))
}

function prepare(db: DatabaseSync) {
  return {
    insert: db.prepare('INSERT INTO outbox (session_id, n, bytes, body) VALUES (?, ?, ?, ?)'),
    setLast: db.prepare(
      `INSERT INTO sessions (session_id, last_n, used_at) VALUES (?, ?, ?)
       ON CONFLICT (session_id) DO UPDATE SET last_n = excluded.last_n, used_at = excluded.used_at`,
    ),
    adopt: db.prepare(
      `INSERT INTO sessions (session_id, last_n, acked_n, used_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (session_id) DO UPDATE SET last_n = excluded.last_n, acked_n = excluded.acked_n WHERE last_n = 0`,
    ),
    position: db.prepare('SELECT acked_n, last_n FROM sessions WHERE session_id = ?'),
    positions: db.prepare(
      `SELECT session_id, acked_n, last_n FROM sessions WHERE last_n > 0
       ORDER BY acked_n < last_n DESC, used_at DESC LIMIT ?`,
    ),
    unsent: db.prepare('SELECT session_id, acked_n, last_n FROM sessions WHERE acked_n < last_n'),
    read: db.prepare('SELECT n, bytes, body FROM outbox WHERE session_id = ? AND n BETWEEN ? AND ? ORDER BY n'),
    forget: db.prepare('DELETE FROM outbox WHERE session_id = ? AND n <= ?'),
    drop: db.prepare('DELETE FROM outbox WHERE session_id = ?'),
    setAllAcked: db.prepare('UPDATE sessions SET acked_n = last_n WHERE session_id = ?'),
    setAcked: db.prepare('UPDATE sessions SET acked_n = max(acked_n, ?) WHERE session_id = ?'),
  }
}

/**
 * The relay hangs up at a message of another shape, and with it would wait all that follows, for ever. Where a fault of ours
 * made one, a note stands in its place; the end of a command stays an end.
 */
function sendable(response: CommandResponse): CommandResponse {
  if (commandResponseSchema.safeParse(response).success) return response
  const { type, sessionId, commandId, n, isComplete } = response
  const at = commandResponseSchema.shape.at.safeParse(response.at).data ?? 0
  const place = { type, sessionId, commandId, n, at }
  const message = 'Something stood here that could not be told: it had a shape that nobody would take.'
  if (!isComplete) return { ...place, ...noticed('malformed_response', message) }
  const data = JSON.stringify({ error: { code: 'INTERNAL', message }, durationMs: 0 })
  return { ...place, kind: 'run_finished', data, isComplete, status: 'error', code: 'INTERNAL' }
}

/** The same at every call, so that sending it twice is no contradiction (LOG2). */
function forgotten(sessionId: string, n: number): CommandResponse {
  const message = 'Something stood here that the relay lost when its log was restored.'
  return { type: 'command_response', sessionId, commandId: sessionId, n, ...noticed('forgotten', message), at: 0 }
}

function noticed(type: string, message: string): NewResponse {
  const data = JSON.stringify({ level: 'warning', type, message })
  return { kind: 'notice', data, isComplete: false, status: 'streaming' }
}
