import type { DatabaseSync } from 'node:sqlite'
import { settingBodySchema } from '@farhand/shared'
import { z } from 'zod'
import type { Commits } from './commits.ts'
import { readDocument, type Unreadable } from './readDocument.ts'

/** What outlives a run of the agent about one session, beside its responses and inputs. */
export type SessionRecord = {
  claudeSessionId?: string
  settings: Settings
  /** What Claude Code said that the conversation has cost so far; a resumed process goes on counting from there. */
  costUsd: number
}

/** What a person set for this and the following commands. What only another version of the agent knows counts as not set. */
const { model, permissionMode, effort } = settingBodySchema.shape
const settingsSchema = z.object({
  model: model.catch(undefined),
  permissionMode: permissionMode.catch(undefined),
  effort: effort.catch(undefined),
})
export type Settings = z.infer<typeof settingsSchema>

export type SessionRecords = {
  get(sessionId: string): SessionRecord
  update(sessionId: string, change: Partial<SessionRecord>): void
  /** The next process begins a new conversation. */
  forgetConversation(sessionId: string): void
  /** Written at once, before the process is started: after a crash it finds what was left of it. */
  mark(sessionId: string, marker: string | undefined): void
  /** Markers of processes that were not seen to end. */
  markers(): { sessionId: string; marker: string }[]
}

export function openSessionRecords(
  db: DatabaseSync,
  commits: Commits,
  { clock, unreadable }: { clock: { now(): number }; unreadable: Unreadable },
): SessionRecords {
  const ensure = db.prepare('INSERT INTO sessions (session_id, used_at) VALUES (?, ?) ON CONFLICT DO NOTHING')
  const read = db.prepare('SELECT claude_session_id, settings, cost_usd FROM sessions WHERE session_id = ?')
  const write = db.prepare('UPDATE sessions SET claude_session_id = ?, settings = ?, cost_usd = ? WHERE session_id = ?')
  const mark = db.prepare('UPDATE sessions SET marker = ? WHERE session_id = ?')
  const marked = db.prepare('SELECT session_id, marker FROM sessions WHERE marker IS NOT NULL')
  const cache = new Map<string, SessionRecord>()

  function get(sessionId: string): SessionRecord {
    const known = cache.get(sessionId)
    if (known !== undefined) return known
    const row = rowSchema.optional().parse(read.get(sessionId))
    const settings = row === undefined ? {} : readDocument(settingsSchema, row.settings)
    if (settings === undefined) unreadable('settings', sessionId)
    const record: SessionRecord = {
      settings: settings ?? {},
      costUsd: row?.cost_usd ?? 0,
      ...(row?.claude_session_id == null ? {} : { claudeSessionId: row.claude_session_id }),
    }
    cache.set(sessionId, record)
    return record
  }

  function put(sessionId: string, record: SessionRecord): void {
    cache.set(sessionId, record)
    commits.write(() => {
      ensure.run(sessionId, clock.now())
      write.run(record.claudeSessionId ?? null, JSON.stringify(record.settings), record.costUsd, sessionId)
    })
  }

  return {
    get,
    update: (sessionId, change) => put(sessionId, { ...get(sessionId), ...change }),
    forgetConversation: (sessionId) => put(sessionId, { settings: get(sessionId).settings, costUsd: 0 }),
    mark(sessionId, marker) {
      const change = (): void => {
        ensure.run(sessionId, clock.now())
        mark.run(marker ?? null, sessionId)
      }
      if (marker === undefined) commits.write(change)
      else commits.now(change)
    },
    markers: () =>
      z
        .array(z.object({ session_id: z.string(), marker: z.string() }))
        .parse(marked.all())
        .map(({ session_id, marker }) => ({ sessionId: session_id, marker })),
  }
}

const rowSchema = z.object({ claude_session_id: z.string().nullable(), settings: z.string(), cost_usd: z.number() })
