import type { EntryRow } from '../rows.ts'
import type { NumberedEntry } from '../batch/tables.ts'
import type { Connection } from './connection.ts'
import type { PreviewRow } from './schema.ts'

/** Previews of a batch: those of one key that follow each other become one row. */
export type Previews = {
  /** Takes a preview, to be written later; answers false where it is an entry like any other. */
  take(entry: NumberedEntry): boolean
  /** Writes what was taken. Before the table is asked for anything, and at the end of the batch. */
  write(): void
  byN(sessionId: string, n: number): EntryRow | undefined
  /** Whether the agent has said something of a command: behind it, or before it in a log that was put back. */
  hasOf(sessionId: string, commandId: string): boolean
}

/** So many share a row: a page or two, and few enough that a reader of one is not given many others. */
export const MAX_PREVIEWS_PER_ROW = 64

const SQL = {
  insert: `insert into previews (id, session_id, seq, n, count, command_id, kind, key, ats, texts)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  byN: `select * from previews where session_id = ? and n <= ? order by seq desc limit 1`,
  hasOf: `select 1 from previews where session_id = ? and command_id = ? limit 1`,
} as const

type Run = Omit<PreviewRow, 'count' | 'ats' | 'texts'> & { ats: number[]; texts: string[] }

/** @param nextId for each row that is begun */
export function openPreviews({ prepare }: Connection, nextId: () => number): Previews {
  /** By session, the last one; and all that are not written, in their order. */
  const open = new Map<string, Run>()
  let waiting: Run[] = []

  return {
    take(entry) {
      if (!isPreview(entry)) return false
      const { session_id, seq, n, command_id, kind, key, body, at } = entry
      const run = open.get(session_id)
      if (run !== undefined && goesOn(run, entry)) {
        run.ats.push(at)
        run.texts.push(body)
        return true
      }
      const begun = { id: nextId(), session_id, seq, n, command_id, kind, key, ats: [at], texts: [body] }
      open.set(session_id, begun)
      waiting.push(begun)
      return true
    },
    write() {
      if (waiting.length === 0) return
      const insert = prepare(SQL.insert)
      for (const { id, session_id, seq, n, command_id, kind, key, ats, texts } of waiting) {
        const [times, bodies] = [JSON.stringify(ats), JSON.stringify(texts)]
        insert.run(id, session_id, seq, n, texts.length, command_id, kind, key, times, bodies)
      }
      open.clear()
      waiting = []
    },
    byN(sessionId, n) {
      const row = prepare(SQL.byN).get(sessionId, n) as PreviewRow | undefined
      return row === undefined ? undefined : toEntryRows(row)[n - row.n]
    },
    hasOf: (sessionId, commandId) => prepare(SQL.hasOf).get(sessionId, commandId) !== undefined,
  }
}

type Preview = NumberedEntry & { n: number; key: string }

/** One with anything unusual about it is an entry like any other. */
function isPreview(entry: NumberedEntry): entry is Preview {
  const { n, kind, key, final, digest, status, code, author } = entry
  if (n === null || key === null || (kind !== 'text' && kind !== 'thinking')) return false
  return final === null && digest === null && code === null && author === null && status === 'streaming'
}

function goesOn(run: Run, next: Preview): boolean {
  const count = run.texts.length
  return (
    count < MAX_PREVIEWS_PER_ROW &&
    next.seq === run.seq + count &&
    next.n === run.n + count &&
    next.key === run.key &&
    next.kind === run.kind &&
    next.command_id === run.command_id
  )
}

type StoredRun = Pick<PreviewRow, 'session_id' | 'seq' | 'command_id' | 'kind' | 'key' | 'ats' | 'texts'>

/** The entries of a row, in order. */
export function toEntryRows(run: StoredRun): EntryRow[] {
  const { session_id, command_id, kind, key } = run
  const ats = JSON.parse(run.ats) as number[]
  return (JSON.parse(run.texts) as string[]).map((body, index) => ({
    session_id,
    seq: run.seq + index,
    command_id,
    kind,
    key,
    final: null,
    digest: null,
    body,
    status: 'streaming',
    code: null,
    author: null,
    at: ats[index] ?? 0,
  }))
}
