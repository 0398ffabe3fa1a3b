import { FarhandError } from '@farhand/shared'
import { failpoint } from '../failpoint.ts'
import type { Append, BatchResult, LogStore, Outcome } from './store.ts'

/** The most of one commit; more wait for the next, so that no commit holds the loop, and what is small, for long. */
const MAX_COMMIT_ITEMS = 1_024
const MAX_COMMIT_BYTES = 512 * 1024
/** Behind a commit, for the next one; less than anybody waits for an acknowledgement. */
const MAX_WAIT_MS = 6_000
const RETRY_AFTER_MS = 2_000
/** Where so much came at once, more of it comes in the next turns of the event loop, and is worth a sync of its own least. */
const BURST_ITEMS = 16
const BURST_TURNS = 2

const STUCK = 'The database has not said what became of a commit.'

/** What one commit stored, in the order of the log. */
export type Committed = BatchResult

export type SessionLog = {
  /**
   * Resolves when the item's commit is on disk, with what became of it; rejects when the commit failed, and then
   * nothing of it was stored. Items are committed in the order in which they came. While a database does
   * not say what became of a commit, or where it is not there, those that wait behind it are refused: `STORAGE_UNAVAILABLE`.
   *
   * Listeners hear of a commit when its appenders have done what needs no more waiting (LOG3), such as answering or
   * joining a room.
   */
  append(item: Append): Promise<Outcome>
  /** The same for several in a row, which may be parts of different commits. Resolves when all of them are through. */
  appendAll(items: readonly Append[]): Promise<PromiseSettledResult<Outcome>[]>
  /** Hears every commit, in order (LOG4), until the returned function is called. */
  onCommitted(listener: (committed: Committed) => void): () => void
  /** Resolves when nothing waits to be committed or published. */
  flush(): Promise<void>
}

/**
 * Group commit: what came in while a commit ran, or within one turn of the event loop, shares one transaction and
 * one fsync. The slower the disk, the larger the groups; and after a large one, a little more is waited for.
 */
export function openSessionLog(options: {
  store: Pick<LogStore, 'append'>
  clock: { now(): number }
  onFailure: (error: unknown) => void
}): SessionLog {
  const { store, clock, onFailure } = options
  const listeners = new Set<(committed: Committed) => void>()
  const waiting: Pending[] = []
  let running: Promise<void> | undefined
  let committing = false
  let patience: NodeJS.Timeout | undefined
  let stuck: FarhandError | undefined

  async function run(): Promise<void> {
    let taken = 0
    while (waiting.length > 0) {
      await nextTurn()
      if (taken >= BURST_ITEMS) for (let turns = 0; turns < BURST_TURNS; turns += 1) await nextTurn()
      const committed = await commitNext()
      taken = committed?.outcomes.length ?? 0
      if (committed === undefined) continue
      await appendersDone()
      publish(committed)
    }
    running = undefined
  }

  /** Undefined where nothing was committed: whoever waited has been refused, or is told now. */
  async function commitNext(): Promise<Committed | undefined> {
    const group = waiting.splice(0, groupSize(waiting))
    if (group.length === 0) return undefined
    const items = group.map((pending) => pending.item)
    committing = true
    try {
      failpoint('relay.append.beforeCommit')
      const result = await store.append(items, clock.now())
      failpoint('relay.append.afterCommit')
      group.forEach((pending, index) => settle(pending, result.outcomes[index]))
      return result
    } catch (error) {
      // The failure belongs to those who wait for this commit; each of them is a door that answers it.
      onFailure(error)
      for (const pending of group) pending.reject(error)
      if (error instanceof FarhandError && error.code === 'STORAGE_UNAVAILABLE') refuseWaiting(error)
      return undefined
    } finally {
      clearTimeout(patience)
      patience = undefined
      committing = false
      stuck = undefined
    }
  }

  function getStuck(): void {
    stuck = new FarhandError('STORAGE_UNAVAILABLE', STUCK, { retryAfterMs: RETRY_AFTER_MS })
    onFailure(stuck)
    refuseWaiting(stuck)
  }

  /** Whoever waits now would wait as long again for the same. Nothing of theirs was begun, so that they may say it again. */
  function refuseWaiting(error: FarhandError): void {
    for (const pending of waiting.splice(0)) pending.reject(error)
  }

  function publish(committed: Committed): void {
    failpoint('relay.publish.before')
    for (const listener of listeners) {
      try {
        listener(committed)
      } catch (error) {
        onFailure(error) // one bad listener must not keep the others, or the next commit, from going on
      }
    }
  }

  function add(pending: Pending): void {
    if (stuck !== undefined) return pending.reject(stuck)
    waiting.push(pending)
    if (committing) patience ??= setTimeout(getStuck, MAX_WAIT_MS)
    running ??= run()
  }

  return {
    append: (item) => new Promise((resolve, reject) => add({ item, resolve, reject })),
    appendAll: (items) => settleAll(items, add),
    onCommitted: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    flush: async () => {
      while (running !== undefined) await running
    },
  }
}

type Pending = { item: Append; resolve: (outcome: Outcome) => void; reject: (error: unknown) => void }

/** One promise for all of them: there are many of these, and each costs. */
function settleAll(
  items: readonly Append[],
  add: (pending: Pending) => void,
): Promise<PromiseSettledResult<Outcome>[]> {
  const { promise, resolve } = Promise.withResolvers<PromiseSettledResult<Outcome>[]>()
  const settled: PromiseSettledResult<Outcome>[] = []
  let left = items.length
  const note = (index: number, result: PromiseSettledResult<Outcome>): void => {
    settled[index] = result
    left -= 1
    if (left === 0) resolve(settled)
  }
  if (left === 0) resolve(settled)
  for (const [index, item] of items.entries()) {
    add({
      item,
      resolve: (value) => note(index, { status: 'fulfilled', value }),
      reject: (reason: unknown) => note(index, { status: 'rejected', reason }),
    })
  }
  return promise
}

/** How many of those that wait fit into one commit; one always does. */
function groupSize(waiting: readonly Pending[]): number {
  let count = 0
  let bytes = 0
  for (const { item } of waiting) {
    bytes += sizeOf(item)
    if (count > 0 && (count === MAX_COMMIT_ITEMS || bytes > MAX_COMMIT_BYTES)) break
    count += 1
  }
  return count
}

/** About how much it writes; what is short for an entry counts as nothing. */
function sizeOf(item: Append): number {
  switch (item.type) {
    case 'command':
      return item.prompt.length
    case 'input':
      return item.data.length
    case 'response':
      return item.response.data.length
    case 'expire':
    case 'delivered':
    case 'hold':
    case 'drop':
    case 'interrupt':
    case 'roll_forward':
      return 0
    default:
      return item satisfies never
  }
}

function settle(pending: Pending, outcome: Outcome | undefined): void {
  if (outcome === undefined) pending.reject(new Error('the store gave no outcome'))
  else pending.resolve(outcome)
}

/** Ticks come after all that the promises which were settled just now set going, and before anything that is read next. */
function appendersDone(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** What an append that has to succeed answers with, or its refusal as an error. */
export function positionOf(outcome: Outcome): { sessionId: string; seq: number } {
  switch (outcome.verdict) {
    case 'accepted':
      return { sessionId: outcome.entry.sessionId, seq: outcome.entry.seq }
    case 'same':
      return { sessionId: outcome.sessionId, seq: outcome.seq }
    case 'refused':
      throw outcome.error satisfies FarhandError
    case 'gap':
    case 'void':
      throw new Error(`not an answer to a command or an input: ${outcome.verdict}`)
    default:
      return outcome satisfies never
  }
}
