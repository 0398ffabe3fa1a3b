import { hashOf, type HistoryRecord, type Seen } from '../history.ts'
import { isSuperseded, violation, type Evidence, type Violation } from './evidence.ts'

/** What was told to somebody whose right ended may have been under way for so long. */
const REVOCATION_MS = 1_000

/** I2, I8, I13: each observer applied the log, in order, each entry once, and nothing that is not in it. */
export function checkObservers(evidence: Evidence): Violation[] {
  const byReader = Map.groupBy(
    evidence.records.filter((record) => record.ev === 'applied' || record.ev === 'reset' || record.ev === 'settled'),
    ({ who, sessionId }) => `${who} ${sessionId}`,
  )
  const revoked = new Map(evidence.of('revoked').map(({ who, t }) => [who, t]))
  return [...byReader.values()].flatMap((records) => {
    const end = revoked.get(records[0]?.who ?? '')
    return [...readerViolations(evidence, records, end === undefined), ...toldTooLate(records, end)]
  })
}

type ReaderRecord = Extract<HistoryRecord, { ev: 'applied' | 'reset' | 'settled' }>
type Reader = {
  name: string
  sessionId: string
  cursor: number
  begun: boolean
  /** What it has read is of a log that an older copy has taken the place of: it has to begin anew. */
  undone: boolean
  settled: boolean
  found: Violation[]
}

function readerViolations(evidence: Evidence, records: readonly ReaderRecord[], mustSettle: boolean): Violation[] {
  const [first] = records
  if (first === undefined) return []
  const { who, sessionId } = first
  const reader: Reader = {
    name: `${who} in ${sessionId}`,
    sessionId,
    cursor: 0,
    begun: false,
    undone: false,
    settled: false,
    found: [],
  }
  const restoredAt = evidence.of('restored').at(-1)?.t ?? Infinity
  let before = -Infinity
  for (const record of records) {
    if (before < restoredAt && record.t > restoredAt && reader.begun) reader.undone = true
    before = record.t
    switch (record.ev) {
      case 'reset':
        reset(evidence, reader, record)
        break
      case 'applied':
        if (reader.undone) complain(reader, 'I2', 'went-on-after-restore', 'read on where it was in another log')
        for (const entry of record.entries) apply(evidence, reader, entry, evidence.isUndone(record.t))
        break
      case 'settled':
        settle(evidence, reader, record)
        break
      default:
        record satisfies never
    }
  }
  if (mustSettle && !reader.settled) complain(reader, 'I2', 'never-settled', 'did not come to rest')
  return reader.found
}

/** The first is how reading begins. A later one says that the log went back behind what was read. */
function reset(evidence: Evidence, reader: Reader, { from, logEpoch }: Extract<ReaderRecord, { ev: 'reset' }>): void {
  if (reader.begun && !reader.undone && (logEpoch === undefined || logEpoch === evidence.dump.logEpoch)) {
    complain(reader, 'I5', 'rolled-back', `was reset to ${from} after it had read up to ${reader.cursor}`)
  }
  reader.begun = true
  reader.undone = false
  reader.cursor = from
}

function apply(evidence: Evidence, reader: Reader, seen: Seen, isUndone: boolean): void {
  const { cursor, sessionId } = reader
  const { seq } = seen
  if (seq <= cursor) {
    complain(reader, 'I2', 'applied-twice', `applied ${seq} when it stood at ${cursor}`)
    return
  }
  if (!isUndone) complainOfSkipped(evidence, reader, seq - 1)
  reader.cursor = seq
  if (isUndone) return // it was of a log that is no more
  const entry = evidence.entryAt(sessionId, seq)
  if (entry === undefined) {
    // A seen entry below the head that is gone is `entry-lost`, unless it was superseded.
    if (seq > evidence.headOf(sessionId) && !isSuperseded(evidence, sessionId, seen)) {
      complain(
        reader,
        'I8',
        'seen-uncommitted',
        `saw ${seq} (${seen.kind}), the log ends at ${evidence.headOf(sessionId)}`,
      )
    }
  } else if (
    hashOf(entry.body) !== seen.hash ||
    entry.kind !== seen.kind ||
    entry.commandId !== seen.commandId ||
    entry.status !== seen.status
  ) {
    complain(
      reader,
      'I8',
      'seen-otherwise',
      `saw another entry at ${seq} (${seen.kind}) than the log has (${entry.kind})`,
    )
  }
}

function settle(evidence: Evidence, reader: Reader, { cursor, phase }: Extract<ReaderRecord, { ev: 'settled' }>): void {
  const head = evidence.headOf(reader.sessionId)
  reader.settled = true
  complainOfSkipped(evidence, reader, cursor)
  if (cursor !== head) complain(reader, 'I2', 'behind', `rests at ${cursor} (${phase}), the head is ${head}`)
}

/** Whatever is in the log now was there for every read: to go past it is to miss it. */
function complainOfSkipped(evidence: Evidence, reader: Reader, upTo: number): void {
  for (let seq = reader.cursor + 1; seq <= upTo; seq += 1) {
    if (evidence.entryAt(reader.sessionId, seq) !== undefined) {
      complain(reader, 'I2', 'skipped', `went past ${seq} without applying it`)
    }
  }
}

function toldTooLate(records: readonly ReaderRecord[], end: number | undefined): Violation[] {
  if (end === undefined) return []
  return records.flatMap((record) =>
    record.ev === 'applied' && record.t > end + REVOCATION_MS
      ? [
          violation(
            'I13',
            'told-after-revocation',
            `${record.who} was told something ${Math.round(record.t - end)} ms after its right had ended`,
          ),
        ]
      : [],
  )
}

function complain(reader: Reader, rule: string, name: string, detail: string): void {
  reader.found.push(violation(rule, name, `${reader.name} ${detail}`))
}
