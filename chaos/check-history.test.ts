import { expect, test } from 'vitest'
import { checkHistory } from './check-history.ts'
import { expectedText } from './checks/texts.ts'
import type { Dump, DumpedEntry } from './dump.ts'
import { hashOf, type HistoryRecord, type Seen } from './history.ts'

/**
 * One good history: a text that was streamed and completed, a tool that was allowed, one that was denied, a command
 * cancelled before its start. Each test forges one thing in it, and the checker must name that fault.
 */
const SESSION = 'session-1'
const PROMPT = 'lines 3 5 ms for 00c0ffee'
const TEXT = expectedText(3, '00c0ffee')
const DIGEST = 'd'.repeat(64)

type Forged = { records: HistoryRecord[]; dump: Dump }
type Change = (forged: Forged) => void

test('a good history has no violations', () => {
  expect(check(() => {})).toEqual([])
})

test('previews that were superseded may be gone, and a late reader need not have seen them', () => {
  const superseded: Change = ({ records, dump }) => {
    dump.entries = dump.entries.filter(({ seq }) => seq !== 3)
    const late = records.filter((record) => record.ev === 'applied' && record.who === 'late')
    for (const record of late)
      if (record.ev === 'applied') record.entries = record.entries.filter(({ seq }) => seq !== 3)
  }
  expect(check(superseded)).toEqual([])
})

test('what was acknowledged and seen after a copy was made may be gone when the copy was put back', () => {
  expect(check(restored)).toEqual([])
})

test('a hello of another machine than the one of the session says nothing about its cancels', () => {
  const elsewhere: Change = (forged) => {
    cancelledButCompleted(forged)
    forged.records.unshift({ t: 0, ev: 'place', sessionId: SESSION, machine: 1 })
  }
  expect(check(elsewhere).map(({ name }) => name)).not.toContain('completed-though-cancelled')
})

test.each<[string, string, Change]>([
  [
    'I2',
    'went-on-after-restore',
    (forged) => {
      restored(forged)
      forged.records.splice(
        forged.records.findLastIndex(({ ev }) => ev === 'reset'),
        1,
      )
    },
  ],
  [
    'I5',
    'acked-missing',
    (forged) => {
      restored(forged)
      forged.records.push({ ...acked('early', 2), t: 2 })
    },
  ],
  [
    'I5',
    'entry-lost',
    (forged) => {
      restored(forged)
      drop(forged.dump, 9)
    },
  ],
  ['I5', 'acked-missing', ({ records }) => void records.push(acked('never-stored', 2))],
  ['I5', 'acked-elsewhere', ({ records }) => void records.push(acked('c1', 9))],
  ['I3', 'accepted-twice', ({ dump }) => void dump.entries.push({ ...entry(dump, 1), seq: 21 })],
  ['I3', 'other-text', ({ dump }) => void (entry(dump, 20).body = 'lines 9 5 ms for 00000000')],
  ['I4', 'no-terminal', ({ dump }) => void (entry(dump, 6).status = 'streaming')],
  ['I4', 'two-terminals', ({ dump }) => void (entry(dump, 4).status = 'complete')],
  ['I4', 'running-left', ({ dump }) => dump.sessions.forEach((session) => (session.running = 1))],
  ['I3', 'executed-twice', ({ records }) => void records.push({ t: 90, ev: 'asked', prompt: PROMPT })],
  ['I3', 'executed-twice', ({ records }) => traceOf(records, 't2.txt', 2)],
  [
    'I3',
    'executed-unaccepted',
    ({ records }) => void records.push({ t: 90, ev: 'asked', prompt: 'lines 1 1 ms for 00' }),
  ],
  ['I7', 'seq-hole', neverSeen],
  ['I5', 'entry-lost', ({ dump }) => drop(dump, 2)],
  ['I7', 'beyond-head', ({ dump }) => dump.sessions.forEach((session) => (session.head = 18))],
  ['I1', 'agent-order', ({ dump }) => void (entry(dump, 5).n = 2)],
  ['I2', 'applied-twice', ({ records }) => repeat(records, 4)],
  ['I2', 'skipped', ({ records }) => forget(records, 5)],
  ['I2', 'behind', ({ records }) => settleAt(records, 17)],
  [
    'I2',
    'never-settled',
    ({ records }) =>
      void records.splice(
        records.findIndex(({ ev }) => ev === 'settled'),
        1,
      ),
  ],
  [
    'I8',
    'seen-uncommitted',
    ({ records }) => void records.push(applied('live', [seen(22, { kind: 'notice', body: 'x' })])),
  ],
  ['I8', 'seen-otherwise', ({ dump }) => void (entry(dump, 2).body = '{"another":true}')],
  [
    'I5',
    'rolled-back',
    ({ records }) => records.push({ t: 80, ev: 'reset', who: 'live', sessionId: SESSION, from: 0 }),
  ],
  ['I1', 'text-differs', ({ dump }) => void (entry(dump, 5).body = TEXT.replace('L000002', 'L000003'))],
  ['I1', 'text-differs', ({ dump }) => void (entry(dump, 5).body = TEXT.slice(0, 32))],
  ['I1', 'text-not-a-prefix', interruptedAfterDoubleLine],
  [
    'I1',
    'said-unasked',
    ({ records }) =>
      void records.splice(
        records.findIndex(({ ev }) => ev === 'asked'),
        1,
      ),
  ],
  ['I2', 'preview-differs', ({ records }) => previewOf(records, 'L000009 another\n')],
  ['I9', 'decided-twice', ({ dump }) => void dump.entries.push({ ...entry(dump, 9), seq: 21, commandId: 'd9' })],
  ['I9', 'two-winners', twoWinners],
  ['I9', 'unresolved', ({ dump }) => void (entry(dump, 10).kind = 'notice')],
  ['I9', 'applied-undecided', ({ dump }) => void (entry(dump, 9).kind = 'notice')],
  ['I9', 'applied-otherwise', ({ dump }) => void (entry(dump, 9).body = '{"behavior":"deny"}')],
  ['I9', 'decided-stale', ({ dump }) => void (entry(dump, 9).digest = 'e'.repeat(64))],
  ['I9', 'ran-unallowed', ({ records }) => traceOf(records, 't3.txt', 1)],
  ['I9', 'allowed-not-run', ({ records }) => traceOf(records, 't2.txt', 0)],
  ['I11', 'completed-though-cancelled', cancelledButCompleted],
  [
    'I11',
    'begun-after-cancel',
    ({ records }) => void records.push({ t: 60_000, ev: 'asked', prompt: CANCELLED_PROMPT }),
  ],
  ['I13', 'told-after-revocation', ({ records }) => void records.unshift({ t: -2_000, ev: 'revoked', who: 'late' })],
  ['I15', 'tier-died', ({ records }) => void records.push({ t: 70, ev: 'tier', tier: 'agent', what: 'gone' })],
])('%s %s is caught', (rule, name, change) => {
  const found = check(change)
  expect(found.map((one) => `${one.rule} ${one.name}`)).toContain(`${rule} ${name}`)
})

const CANCELLED_PROMPT = 'lines 4 5 ms for 000000aa'

function check(change: Change) {
  const forged = { records: goodRecords(), dump: goodDump() }
  change(forged)
  return checkHistory(forged.records, forged.dump)
}

// --- The good history -----------------------------------------------------------------------------------------------

function goodDump(): Dump {
  let n = 0
  const agent = (seq: number, commandId: string, kind: string, more: Partial<DumpedEntry> = {}): DumpedEntry =>
    line(seq, commandId, kind, { n: (n += 1), ...more })
  const half = TEXT.slice(0, 18)
  return {
    logEpoch: 'epoch',
    sessions: [{ sessionId: SESSION, head: 21, lastN: 12, running: 0, attention: 0 }],
    entries: [
      line(1, 'c1', 'command', { body: PROMPT }),
      agent(2, 'c1', 'run_started'),
      agent(3, 'c1', 'text', { key: 'b1', body: half }),
      agent(4, 'c1', 'text', { key: 'b1', body: TEXT.slice(18) }),
      agent(5, 'c1', 'text', { key: 'b1', final: 1, body: TEXT }),
      agent(6, 'c1', 'run_finished', { status: 'complete' }),
      line(7, 'c2', 'command', { body: 'append one line to t2.txt' }),
      agent(8, 'c2', 'request', { key: 'r2', digest: DIGEST }),
      line(9, 'd2', 'decision', { key: 'r2', digest: DIGEST, body: '{"behavior":"allow"}' }),
      agent(10, 'c2', 'request_resolved', { key: 'r2', body: '{"outcome":"applied","behavior":"allow"}' }),
      agent(11, 'c2', 'run_finished', { status: 'complete' }),
      line(12, 'c3', 'command', { body: 'append one line to t3.txt' }),
      agent(13, 'c3', 'request', { key: 'r3', digest: DIGEST }),
      line(14, 'd3', 'decision', { key: 'r3', digest: DIGEST, body: '{"behavior":"deny"}' }),
      agent(15, 'c3', 'request_resolved', { key: 'r3', body: '{"outcome":"applied","behavior":"deny"}' }),
      agent(16, 'c3', 'run_finished', { status: 'complete' }),
      line(17, 'c4', 'command', { body: CANCELLED_PROMPT }),
      line(18, 'x4', 'cancel', { body: '{"commandId":"c4"}', key: 'c4' }),
      agent(19, 'c4', 'run_finished', { status: 'error', code: 'CANCELLED' }),
      line(20, 'c5', 'command', { body: 'echo kept' }),
      line(21, 'c5', 'run_finished', { status: 'error', code: 'EXPIRED' }),
    ],
    inputs: [],
    requests: [],
  }
}

function goodRecords(): HistoryRecord[] {
  const { entries } = goodDump()
  const all = entries.map((one) => seen(one.seq, one))
  const send = (id: string, kind: 'command' | 'cancel' | 'decision', about: string): HistoryRecord => ({
    t: 1,
    ev: 'send',
    who: 'somebody',
    intent: { id, sessionId: SESSION, kind, about },
  })
  return [
    { t: 0, ev: 'run', seed: 1, minutes: 1 },
    { t: 0, ev: 'tier', tier: 'agent', what: 'ready' },
    send('c1', 'command', PROMPT),
    send('c2', 'command', 'append one line to t2.txt'),
    send('c3', 'command', 'append one line to t3.txt'),
    send('c4', 'command', CANCELLED_PROMPT),
    send('c5', 'command', 'echo kept'),
    send('x4', 'cancel', 'c4'),
    send('d2', 'decision', 'r2'),
    send('d3', 'decision', 'r3'),
    send('d9', 'decision', 'r2'),
    acked('c1', 1),
    acked('c2', 7),
    acked('c4', 17),
    acked('x4', 18),
    acked('d2', 9),
    { t: 4, ev: 'refused', who: 'decider-2', sessionId: SESSION, id: 'd9', code: 'ALREADY_DECIDED' },
    { t: 5, ev: 'asked', prompt: PROMPT },
    { t: 5, ev: 'reset', who: 'live', sessionId: SESSION, from: 0 },
    applied('live', all.slice(0, 10)),
    applied('live', all.slice(10)),
    { t: 30, ev: 'reset', who: 'late', sessionId: SESSION, from: 0 },
    applied('late', all),
    { t: 50, ev: 'settled', who: 'live', sessionId: SESSION, cursor: 21, phase: 'live' },
    { t: 50, ev: 'settled', who: 'late', sessionId: SESSION, cursor: 21, phase: 'live' },
    { t: 51, ev: 'trace', prompt: 'append one line to t2.txt', executions: 1 },
    { t: 51, ev: 'trace', prompt: 'append one line to t3.txt', executions: 0 },
  ]
}

function line(seq: number, commandId: string, kind: string, more: Partial<DumpedEntry>): DumpedEntry {
  const plain = { n: null, key: null, final: null, digest: null, body: '{}', status: 'streaming', code: null }
  return { sessionId: SESSION, seq, commandId, kind, ...plain, ...more }
}

function seen(seq: number, one: { kind: string; body: string } & Partial<DumpedEntry>): Seen {
  return {
    seq,
    prev: seq - 1,
    commandId: one.commandId ?? 'c1',
    kind: one.kind,
    ...(one.key == null ? {} : { key: one.key }),
    ...(one.final == null ? {} : { final: one.final === 1 }),
    status: one.status ?? 'streaming',
    hash: hashOf(one.body),
    ...(one.kind === 'text' ? { text: one.body } : {}),
  }
}

function acked(id: string, seq: number): HistoryRecord {
  return { t: 3, ev: 'acked', who: 'somebody', sessionId: SESSION, id, seq }
}

function applied(who: string, entries: Seen[]): HistoryRecord {
  return { t: 10, ev: 'applied', who, sessionId: SESSION, entries }
}

/** Command c9 was said, seen and done after the copy; then the copy was put back, and the readers began anew. */
function restored({ records }: Forged): void {
  const lost = seen(22, { kind: 'command', body: 'lines 1 5 ms for 000000bb', commandId: 'c9' })
  const again = records.flatMap((record) => (record.ev === 'applied' ? [record] : []))
  const whole = again.find(({ who }) => who === 'late')?.entries ?? []
  const later: HistoryRecord[] = [
    { t: 40, ev: 'copied' },
    {
      t: 41,
      ev: 'send',
      who: 'somebody',
      intent: { id: 'c9', sessionId: SESSION, kind: 'command', about: 'lines 1 5 ms for 000000bb' },
    },
    { ...acked('c9', 22), t: 42 },
    { t: 42, ev: 'asked', prompt: 'lines 1 5 ms for 000000bb' },
    { ...applied('live', [lost]), t: 43 },
    { t: 44, ev: 'restored' },
    { t: 45, ev: 'reset', who: 'live', sessionId: SESSION, from: 0 },
    { ...applied('live', whole), t: 46 },
    { t: 45, ev: 'reset', who: 'late', sessionId: SESSION, from: 0 },
    { ...applied('late', whole), t: 46 },
  ]
  records.splice(
    records.findIndex(({ ev }) => ev === 'settled'),
    0,
    ...later,
  )
}

// --- Forgeries ------------------------------------------------------------------------------------------------------

function entry(dump: Dump, seq: number): DumpedEntry {
  const found = dump.entries.find((one) => one.seq === seq)
  if (found === undefined) throw new Error(`no entry ${seq}`)
  return found
}

function drop(dump: Dump, seq: number): void {
  dump.entries = dump.entries.filter((one) => one.seq !== seq)
}

/** Nobody knows what stood there. */
function neverSeen({ records, dump }: Forged): void {
  drop(dump, 20)
  for (const record of records)
    if (record.ev === 'applied') record.entries = record.entries.filter(({ seq }) => seq !== 20)
}

function appliedBy(records: HistoryRecord[], who: string) {
  return records.flatMap((record) => (record.ev === 'applied' && record.who === who ? [record] : []))
}

function repeat(records: HistoryRecord[], seq: number): void {
  const first = appliedBy(records, 'live')[0]
  const one = first?.entries.find((candidate) => candidate.seq === seq)
  if (first !== undefined && one !== undefined) first.entries = [...first.entries, one]
}

function forget(records: HistoryRecord[], seq: number): void {
  for (const record of appliedBy(records, 'live')) record.entries = record.entries.filter((one) => one.seq !== seq)
}

function settleAt(records: HistoryRecord[], cursor: number): void {
  for (const record of records) if (record.ev === 'settled' && record.who === 'live') record.cursor = cursor
}

function traceOf(records: HistoryRecord[], file: string, executions: number): void {
  for (const record of records)
    if (record.ev === 'trace' && record.prompt.endsWith(file)) record.executions = executions
}

function previewOf(records: HistoryRecord[], text: string): void {
  for (const one of appliedBy(records, 'live').flatMap(({ entries }) => entries)) if (one.seq === 3) one.text = text
}

function interruptedAfterDoubleLine({ dump }: Forged): void {
  dump.entries = dump.entries.filter(({ seq }) => seq !== 5)
  entry(dump, 4).body = TEXT.slice(0, 18)
  Object.assign(entry(dump, 6), { status: 'error', code: 'INTERRUPTED' })
}

function twoWinners({ records }: Forged): void {
  const refused = records.findIndex(({ ev }) => ev === 'refused')
  records.splice(refused, 1, acked('d9', 9))
}

function cancelledButCompleted({ records, dump }: Forged): void {
  Object.assign(entry(dump, 19), { status: 'complete', code: null })
  records.push(
    { t: 3_000, ev: 'tier', tier: 'agent', what: 'ready' },
    { t: 3_500, ev: 'asked', prompt: CANCELLED_PROMPT },
  )
}
