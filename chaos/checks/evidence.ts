import type { Dump, DumpedEntry } from '../dump.ts'
import type { HistoryRecord, Intent } from '../history.ts'

/** One broken promise: the invariant's id, the kind of fault, and where to look. */
export type Violation = { rule: string; name: string; detail: string }

/** What the checks read: the records in order, and the store, looked up by what they ask for. */
export type Evidence = {
  records: readonly HistoryRecord[]
  dump: Dump
  intents: readonly Intent[]
  /** A session's entries in the order of seq. */
  entriesOf(sessionId: string): readonly DumpedEntry[]
  entryAt(sessionId: string, seq: number): DumpedEntry | undefined
  /** Everything that belongs to a command, or the one entry of another input. */
  entriesAbout(id: string): readonly DumpedEntry[]
  headOf(sessionId: string): number
  /** The number of the machine on which a session is. */
  machineOf(sessionId: string): number
  /** Whether what was said at `t` was said to a log that an older copy has taken the place of since. */
  isUndone(t: number): boolean
  /** Commands and their like that were acknowledged by such a log: they may be gone. */
  undone: ReadonlySet<string>
  of<E extends HistoryRecord['ev']>(ev: E): readonly Extract<HistoryRecord, { ev: E }>[]
}

export function gather(records: readonly HistoryRecord[], dump: Dump): Evidence {
  const bySession = Map.groupBy(dump.entries, (entry) => entry.sessionId)
  const byCommand = Map.groupBy(dump.entries, (entry) => entry.commandId)
  const byPlace = new Map(dump.entries.map((entry) => [`${entry.sessionId} ${entry.seq}`, entry]))
  const heads = new Map(dump.sessions.map((session) => [session.sessionId, session.head]))
  const places = new Map(
    records.flatMap((record) => (record.ev === 'place' ? [[record.sessionId, record.machine] as const] : [])),
  )
  const of = <E extends HistoryRecord['ev']>(ev: E) =>
    records.filter((record): record is Extract<HistoryRecord, { ev: E }> => record.ev === ev)
  const copiedAt = of('copied').at(-1)?.t ?? Infinity
  const restoredAt = of('restored').at(-1)?.t ?? -Infinity
  const isUndone = (t: number): boolean => t > copiedAt && t < restoredAt
  return {
    records,
    dump,
    isUndone,
    undone: new Set(of('acked').flatMap(({ id, t }) => (isUndone(t) ? [id] : []))),
    intents: of('send').map(({ intent }) => intent),
    entriesOf: (sessionId) => bySession.get(sessionId) ?? [],
    entryAt: (sessionId, seq) => byPlace.get(`${sessionId} ${seq}`),
    entriesAbout: (id) => byCommand.get(id) ?? [],
    headOf: (sessionId) => heads.get(sessionId) ?? 0,
    machineOf: (sessionId) => places.get(sessionId) ?? 0,
    of,
  }
}

export function violation(rule: string, name: string, detail: string): Violation {
  return { rule, name, detail }
}

export function isTerminal(entry: { status: string }): boolean {
  return entry.status !== 'streaming'
}

/** LOG7: a preview may be dropped once the record of its key is in the log, behind it. */
export function isSuperseded(
  evidence: Evidence,
  sessionId: string,
  seen: { seq: number; kind: string; key?: string | undefined; final?: boolean | undefined },
): boolean {
  const isDelta = (seen.kind === 'text' || seen.kind === 'thinking') && seen.key !== undefined && seen.final !== true
  return (
    isDelta &&
    evidence.entriesOf(sessionId).some(({ seq, key, final }) => key === seen.key && final === 1 && seq > seen.seq)
  )
}
