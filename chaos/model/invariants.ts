import { ERROR_CODES, isErrorCode, emptyTimeline, foldEntries, type Entry } from '@farhand/shared'
import { isDelta } from '../../packages/server/src/websocket/finalDetail.ts'
import { lineOf } from './agent/fakeClaude.ts'
import type { Reading } from './browser/browser.ts'
import { changesAreTold, changesInTimeHold, ranAsTold, withdrawnDidNotRun } from './arranged.ts'
import { SESSIONS } from './ids.ts'
import { entriesOf, readPage } from './relay/queries.ts'
import type { Violation } from './truth.ts'
import type { World } from './world.ts'

/**
 * What must hold when everything has come to rest. The names are those of the reliability plan; README.md says which of
 * them are checked here, which while things go on, and which are shown elsewhere.
 *
 * `exact`: not where the relay's disk was replaced by an older copy, which takes what was acknowledged since with it.
 */
type Invariant = { id: string; exact?: boolean; check(world: World): string | undefined }

const INVARIANTS: readonly Invariant[] = [
  { id: 'I1', check: agentEntriesAreWhatWasProduced },
  { id: 'I1', exact: true, check: linesAreWhatClaudeSaid },
  { id: 'I2', check: readersHoldTheLog },
  { id: 'I3', check: executedAtMostOnce },
  { id: 'I3', exact: true, check: acceptedExactlyOnce },
  { id: 'I3', exact: true, check: inTheOrderOfTyping },
  { id: 'I4', check: oneTerminalEach },
  { id: 'I4', check: nothingIsLeftRunning },
  { id: 'I4', check: expiredInTime },
  { id: 'I5', exact: true, check: acknowledgedIsStored },
  { id: 'I7', check: numbersAreDense },
  { id: 'I9', check: decisionsAreAppliedAsDecided },
  { id: 'I10', check: compactedReadsTheSame },
  { id: 'I11', check: cancelledIsOver },
  { id: 'I14', check: replaysAreTheSame },
  { id: 'I15', exact: true, check: nothingIsDroppedSilently },
  { id: 'I15', exact: true, check: changesAreTold },
  { id: 'I15', exact: true, check: changesInTimeHold },
  { id: 'I3', exact: true, check: ranAsTold },
  { id: 'I11', exact: true, check: withdrawnDidNotRun },
]

/** Two agents with one identity may contradict each other; the log, its readers and the epochs must hold all the same. */
const WITH_A_CLONE: readonly string[] = ['I2', 'I6', 'I7', 'I8', 'I13', 'I14']

export function brokenInvariant(world: World, quiet: boolean): Violation | undefined {
  const { truth } = world
  const [seen] = truth.broken.filter(({ invariant }) => !truth.cloned || WITH_A_CLONE.includes(invariant))
  if (seen !== undefined) return seen
  if (!quiet) return { invariant: 'I4', message: 'it never came to rest' }
  for (const { id, exact = false, check } of INVARIANTS) {
    if ((exact && truth.restored) || (truth.cloned && !WITH_A_CLONE.includes(id))) continue
    const message = check(world)
    if (message !== undefined) return { invariant: id, message }
  }
  return undefined
}

/** I1: for each session the agent's entries are what reached its disk, in its order, all of it and nothing else. */
function agentEntriesAreWhatWasProduced({ tables, truth }: World): string | undefined {
  for (const [sessionId, row] of tables.sessions) {
    const produced = truth.produced.get(sessionId) ?? new Map<number, { data: string }>()
    let before = 0
    for (const { n, entry } of entriesOf(tables, sessionId)) {
      if (n === undefined) continue
      if (n <= before) return `n ${n} stands after n ${before}`
      before = n
      if (truth.restored && entry.commandId === sessionId) continue // told as forgotten
      if (produced.get(n)?.data !== entry.response) return `n ${n} is not what the agent produced`
    }
    // After a restore the rest is told with the next thing that the agent has to say.
    const whole = truth.restored ? row.lastN <= produced.size : row.lastN === produced.size
    if (!whole) return `${row.lastN} of ${produced.size} responses arrived`
  }
  return undefined
}

/** I1, by what Claude itself says: the records of a command are its lines, from the first on, none missing or twice. */
function linesAreWhatClaudeSaid({ tables, truth }: World): string | undefined {
  for (const [commandId, said] of truth.lines) {
    const { sessionId } = tables.inputs.get(commandId) ?? { sessionId: '' }
    const records = entriesOf(tables, sessionId).filter(
      ({ entry }) => entry.commandId === commandId && entry.kind === 'text' && entry.final === true,
    )
    const wrong = records.findIndex(({ entry }, index) => entry.response !== lineOf(commandId, index + 1))
    if (wrong >= 0) return `record ${wrong + 1} of a command is another line`
    const ended = entriesOf(tables, sessionId).some(
      ({ entry }) => entry.commandId === commandId && entry.status === 'complete',
    )
    if (ended && records.length !== said.length) return `${records.length} of ${said.length} lines of a whole command`
  }
  return undefined
}

/** I2: every reader has applied the log from where it began, each entry once and in order. */
function readersHoldTheLog(world: World): string | undefined {
  for (const { process, no } of world.browsers) {
    for (const reading of process?.readings ?? []) {
      const wrong = readerDiffers(world, reading)
      if (wrong !== undefined) return `browser ${no}, ${reading.detail}: ${wrong}`
    }
  }
  return undefined
}

function readerDiffers(
  { tables, truth }: World,
  { sessionId, detail, applied, from, subscriber }: Reading,
): string | undefined {
  const head = tables.sessions.get(sessionId)?.head ?? 0
  // Where the restored log has no such session the answer is NOT_FOUND, and what was shown stays on the page.
  if (head === 0) return applied.length === 0 || truth.restored ? undefined : 'it shows what the log does not have'
  const due = entriesOf(tables, sessionId).filter(
    ({ entry }) => entry.seq > from && (detail === 'full' || !isDelta(entry)),
  )
  // A preview that was shown before its record replaced it in the log is not wrong.
  // A reader of records may be shown some, where its command puts it into the room before its subscription does.
  const stillThere = ({ seq }: Entry): boolean => detail === 'full' && tables.entries.get(sessionId)?.has(seq) === true
  const shown = applied.filter((entry) => !isDelta(entry) || stillThere(entry))
  if (shown.length !== due.length) return `it has ${shown.length} of ${due.length} entries up to ${head}`
  for (const [index, { entry }] of due.entries()) {
    const mine = shown[index]
    if (mine?.seq !== entry.seq || mine.response !== entry.response) return `it has another entry at ${entry.seq}`
  }
  if (detail === 'full' && subscriber.cursor !== head)
    return `its cursor is ${subscriber.cursor ?? 'nowhere'} of ${head}`
  return undefined
}

function executedAtMostOnce({ truth }: World): string | undefined {
  const twice = [...truth.executions].find(([, times]) => times > 1)
  return twice === undefined ? undefined : `a command ran ${twice[1]} times`
}

/** I3: one entry for each command, and one command for each that was typed and not refused. */
function acceptedExactlyOnce({ tables, truth, browsers }: World): string | undefined {
  const typed = new Set([...truth.typed.values()].flat().map(({ commandId }) => commandId))
  const stored = allEntries(tables).filter(({ kind }) => kind === 'command')
  const ids = new Set(stored.map(({ commandId }) => commandId))
  if (ids.size !== stored.length) return 'a command stands in the log twice'
  const foreign = [...ids].find((commandId) => !typed.has(commandId))
  if (foreign !== undefined) return 'the log has a command that nobody typed'
  const refused = new Set(browsers.flatMap(({ disk }) => [...disk.keys()]))
  const lost = [...typed].find((commandId) => !ids.has(commandId) && !refused.has(commandId))
  return lost === undefined ? undefined : 'a command that was typed is neither in the log nor kept'
}

/** The commands that one browser typed into one session stand there in that order. */
function inTheOrderOfTyping({ tables, truth }: World): string | undefined {
  for (const typed of truth.typed.values()) {
    const last = new Map<string, number>()
    for (const { commandId, sessionId } of typed) {
      const seq = tables.inputs.get(commandId)?.seq
      if (seq === undefined) continue
      if (seq < (last.get(sessionId) ?? 0)) return 'a later command overtook an earlier one'
      last.set(sessionId, seq)
    }
  }
  return undefined
}

/** I4: a command never has two ends. */
function oneTerminalEach({ tables }: World): string | undefined {
  for (const sessionId of tables.sessions.keys()) {
    const ended = new Set<string>()
    for (const { entry } of entriesOf(tables, sessionId)) {
      if (entry.status === 'streaming') continue
      if (ended.has(entry.commandId)) return 'a command ended twice'
      ended.add(entry.commandId)
    }
  }
  return undefined
}

/** I4: and when all is at rest, each has one, and nothing waits for anybody. */
function nothingIsLeftRunning({ tables, agents, truth }: World): string | undefined {
  // A request that the restored log has lost is waited for until somebody cancels its command.
  if (truth.restored && agents.some(({ disk }) => disk.requests.size > 0)) return undefined
  const ends = new Set(
    allEntries(tables).flatMap(({ status, commandId }) => (status === 'streaming' ? [] : [commandId])),
  )
  for (const { kind, inputId, delivered, finished } of tables.inputs.values()) {
    if (!delivered) return `a ${kind} was never handed over`
    if (kind === 'command' && !finished) return 'a command goes on for ever'
    if (kind === 'command' && !ends.has(inputId)) return 'a command counts as ended without an end'
  }
  for (const row of tables.requests.values()) if (row.state !== 'resolved') return `a request is ${row.state} for ever`
  for (const { running, attention } of tables.sessions.values()) {
    if (running !== 0 || attention !== 0) return `a session counts ${running} runs and ${attention} requests`
  }
  const waits = agents.some(({ disk }) => [...disk.inbox.values()].some(isOpenCommand))
  return waits ? 'a command waits at the agent for ever' : undefined
}

/** CMD2: what ends as EXPIRED had its time. */
function expiredInTime({ tables }: World): string | undefined {
  const early = allEntries(tables).find(({ code, commandId, at }) => {
    const command = tables.inputs.get(commandId) // missing where a restore took it away
    return code === 'EXPIRED' && command !== undefined && (command.expiresAt ?? Infinity) > at
  })
  return early === undefined ? undefined : 'a command expired before its time'
}

function isOpenCommand({ input, state }: { input: { kind: string }; state: string }): boolean {
  return state !== 'done' && input.kind === 'command'
}

function acknowledgedIsStored({ tables, truth }: World): string | undefined {
  for (const [inputId, { sessionId, seq }] of [...truth.acknowledged, ...truth.acknowledgedInputs]) {
    const stored = tables.inputs.get(inputId)
    if (stored?.seq !== seq || stored.sessionId !== sessionId)
      return `what was acknowledged at seq ${seq} is not stored`
  }
  return undefined
}

/** I7: from the first to the head every number is there, or was a preview that its record replaced. */
function numbersAreDense({ tables }: World): string | undefined {
  for (const [sessionId, { head }] of tables.sessions) {
    const rows = entriesOf(tables, sessionId)
    if ((rows.at(-1)?.entry.seq ?? 0) > head) return 'an entry stands beyond the head'
    let dropped = 0
    let before = 0
    const records = new Set(rows.flatMap(({ entry }) => (entry.final === true ? [entry.seq] : [])))
    for (const { entry } of rows) {
      if (entry.seq <= before) return `seq ${entry.seq} stands after ${before}`
      dropped += entry.seq - before - 1
      before = entry.seq
    }
    if (before !== head) return `the newest entry is ${before} of ${head}`
    if (dropped > records.size) return `${dropped} numbers are missing and ${records.size} records replaced something`
  }
  return undefined
}

/** I9: at most one decision is applied, and it is the one that the relay let win. */
function decisionsAreAppliedAsDecided({ tables, truth }: World): string | undefined {
  for (const [key, applied] of truth.applied) {
    if (applied.length > 1) return `a request was decided ${applied.length} times`
    if (truth.restored) continue
    const row = [...tables.requests.values()].find((request) => request.key === key)
    if (row?.by?.id !== applied[0]?.by || row?.digest !== applied[0]?.digest) return 'another decision was applied'
  }
  const won = new Map<string, number>()
  for (const { kind, key } of allEntries(tables)) {
    if (kind === 'decision' && key !== undefined) won.set(key, (won.get(key) ?? 0) + 1)
  }
  return [...won.values()].some((times) => times > 1) ? 'two decisions of one request were accepted' : undefined
}

/** I10: a reader who saw every preview and one who comes after the compaction see the same at the end. */
function compactedReadsTheSame({ tables, browsers }: World): string | undefined {
  for (const { process } of browsers) {
    for (const { sessionId, detail, applied, from } of process?.readings ?? []) {
      if (detail !== 'full' || from !== 0 || !tables.sessions.has(sessionId)) continue
      const seen = foldEntries(emptyTimeline(), applied)
      const read = foldEntries(
        emptyTimeline(),
        entriesOf(tables, sessionId).map(({ entry }) => entry),
      )
      if (tell(seen.items) !== tell(read.items)) return 'who watched and who came later see different things'
    }
  }
  return undefined
}

/** What a person sees; when it was first said is not part of it. */
function tell(items: readonly object[]): string {
  return JSON.stringify(items, (key, value: unknown) => (PLACES.includes(key) ? undefined : value))
}
const PLACES: readonly string[] = ['seq', 'at', 'firstSeq', 'lastSeq', 'startedAt', 'endedAt']

/** I11: what was cancelled on the agent's disk before it began did not run. */
function cancelledIsOver({ truth }: World): string | undefined {
  const ran = [...truth.cancelledBeforeStart].find((commandId) => truth.completed.has(commandId))
  return ran === undefined ? undefined : 'a command that was cancelled before its start ran to its end'
}

/** I14: in pages of any size, forwards or backwards, the same entries. */
function replaysAreTheSame({ tables }: World): string | undefined {
  for (const sessionId of SESSIONS) {
    const stored = entriesOf(tables, sessionId).map(({ entry }) => entry.seq)
    for (const limit of [1, 3, 500]) {
      if (String(forwards(tables, sessionId, limit)) !== String(stored)) return `pages of ${limit} hold something else`
      if (String(backwards(tables, sessionId, limit)) !== String(stored)) return `backward pages of ${limit} differ`
    }
  }
  return undefined
}

function forwards(tables: World['tables'], sessionId: string, limit: number): number[] {
  const seqs: number[] = []
  let after = 0
  for (;;) {
    const page = readPage(tables, { sessionId, after, limit, detail: 'full' })
    if (page === undefined) return seqs
    seqs.push(...page.entries.map(({ seq }) => seq))
    if (page.to <= after || page.to >= page.head) return seqs
    after = page.to
  }
}

function backwards(tables: World['tables'], sessionId: string, limit: number): number[] {
  const seqs: number[] = []
  let before: number | undefined
  for (;;) {
    const page = readPage(tables, { sessionId, before, limit, detail: 'full' })
    if (page === undefined) return seqs
    seqs.unshift(...page.entries.map(({ seq }) => seq))
    if (page.from <= 0 || page.from + 1 === before) return seqs
    before = page.from + 1
  }
}

/** I15: what was typed is in the log, or it is kept with a code of the closed list that says why not. */
function nothingIsDroppedSilently({ browsers }: World): string | undefined {
  for (const { disk } of browsers) {
    for (const { failure } of disk.values()) {
      if (failure === undefined) return 'a command waits for ever without a reason'
      if (!isErrorCode(failure)) return `a command was refused with ${failure}`
      if (ERROR_CODES[failure].retryable) return `a command was given up for ${failure}, which may pass`
    }
  }
  return undefined
}

function allEntries(tables: World['tables']): Entry[] {
  return [...tables.sessions.keys()].flatMap((sessionId) => entriesOf(tables, sessionId).map(({ entry }) => entry))
}
