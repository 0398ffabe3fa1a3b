import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { FarhandError, type Entry } from '@farhand/shared'
import { openSessionLog, type Committed, type SessionLog } from './sessionLog.ts'
import type { Append, BatchResult, Outcome } from './store.ts'

const clock = { now: () => 1 }
const item = (commandId: string): Append => ({ type: 'expire', commandId })

/** A store that commits when it is told to; the real one stands behind the relay's own tests. */
function openByHand() {
  const batches: (readonly Append[])[] = []
  const pending: { resolve: () => void; reject: (error: unknown) => void }[] = []
  const append = (batch: readonly Append[]): Promise<BatchResult> => {
    batches.push(batch)
    return new Promise((resolve, reject) => {
      const outcomes = batch.map((one) => accepted(one))
      pending.push({ resolve: () => resolve({ outcomes, sessions: [], attention: [] }), reject })
    })
  }
  const failures: unknown[] = []
  const log = openSessionLog({ store: { append }, clock, onFailure: (error) => failures.push(error) })
  return { log, batches, failures, commit: async () => (await first(pending)).resolve(), fail: async (error: unknown) => (await first(pending)).reject(error) } // prettier-ignore
}

async function first<T>(list: T[]): Promise<T> {
  for (;;) {
    const one = list.shift()
    if (one !== undefined) return one
    await new Promise((resolve) => setImmediate(resolve))
  }
}

let seq = 0
afterEach(() => (seq = 0))

function accepted(one: Append): Outcome {
  const commandId = one.type === 'expire' ? one.commandId : ''
  return { verdict: 'accepted', entry: { seq: ++seq, commandId } as Entry }
}

function listen(log: SessionLog): string[] {
  const heard: string[] = []
  log.onCommitted((committed: Committed) => {
    for (const outcome of committed.outcomes) if (outcome.verdict === 'accepted') heard.push(outcome.entry.commandId)
  })
  return heard
}

describe('group commit', () => {
  test('what comes in one turn is one commit, what comes while it runs is the next', async () => {
    const { log, batches, commit } = openByHand()
    const early = [log.append(item('a')), log.append(item('b'))]
    await new Promise((resolve) => setImmediate(resolve))
    const late = [log.append(item('c')), log.append(item('d'))]
    await commit()
    await Promise.all(early)
    await commit()
    await Promise.all(late)
    expect(batches.map((batch) => batch.length)).toEqual([2, 2])
  })

  test('in a burst, what comes within a few turns is one commit', async () => {
    const { log, batches, commit } = openByHand()
    const turn = () => new Promise((resolve) => setImmediate(resolve))
    const burst = log.appendAll(Array.from({ length: 20 }, (_, index) => item(`burst ${index}`)))
    const early = [log.append(item('a'))]
    await commit()
    await Promise.all([burst, ...early])
    const late = [log.append(item('b'))]
    await turn()
    late.push(log.append(item('c')))
    await commit()
    await Promise.all(late)
    expect(batches.map((batch) => batch.length)).toEqual([21, 2])
  })

  test('[LOG3] commit, then the appenders, then the listeners', async () => {
    const { log, commit } = openByHand()
    const order: string[] = []
    log.onCommitted(() => order.push('published'))
    const appended = (async () => {
      await log.append(item('a'))
      await Promise.resolve() // an appender may need a few steps to answer
      order.push('answered')
    })()
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(order).toEqual([])
    await commit()
    await appended
    await log.flush()
    expect(order).toEqual(['answered', 'published'])
  })

  test('[LOG3] a failed commit acknowledges and publishes nothing, and the next one goes on', async () => {
    const { log, failures, commit, fail } = openByHand()
    const heard = listen(log)
    const lost = [log.append(item('a')), log.append(item('b'))]
    const failure = new FarhandError('STORAGE_UNAVAILABLE')
    await fail(failure)
    for (const one of lost) await expect(one).rejects.toBe(failure)
    const kept = log.append(item('c'))
    await commit()
    await kept
    await log.flush()
    expect(heard).toEqual(['c'])
    expect(failures).toEqual([failure])
  })

  test('[LOG3] who waits behind a commit that found no database is told with it, and may say it again', async () => {
    const { log, batches, commit, fail } = openByHand()
    const lost = log.append(item('a'))
    await expect.poll(() => batches.length).toBe(1)
    const behind = log.append(item('b'))
    const failure = new FarhandError('STORAGE_UNAVAILABLE')
    await fail(failure)
    for (const one of [lost, behind]) await expect(one).rejects.toBe(failure)
    const again = log.append(item('b'))
    await commit()
    expect(await again).toMatchObject({ verdict: 'accepted' })
    expect(batches).toEqual([[item('a')], [item('b')]])
  })

  test('[LOG3] while nobody knows what became of a commit, others are refused; it is acknowledged when it is known', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const { log, batches, failures, commit } = openByHand()
    const inDoubt = log.append(item('a'))
    while (batches.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const refused = { code: 'STORAGE_UNAVAILABLE', retryAfterMs: expect.any(Number) }
    const waiting = expect(log.append(item('b'))).rejects.toMatchObject(refused)
    vi.advanceTimersByTime(10_000)
    await waiting
    await expect(log.append(item('c'))).rejects.toMatchObject(refused)
    await commit()
    expect(await inDoubt).toMatchObject({ verdict: 'accepted' })
    const next = log.append(item('d'))
    await commit()
    expect(await next).toMatchObject({ verdict: 'accepted' })
    expect(batches).toEqual([[item('a')], [item('d')]])
    expect(failures).toMatchObject([refused])
  })

  test('several at once hear of each what became of it, also where they were parts of different commits', async () => {
    const { log, batches, commit, fail } = openByHand()
    const names = Array.from({ length: 1_500 }, (_, index) => String(index)) // more than one commit takes
    const appended = log.appendAll(names.map(item))
    await commit()
    const failure = new FarhandError('STORAGE_UNAVAILABLE')
    await fail(failure)
    const settled = await appended
    expect(batches.map((batch) => batch.length)).toEqual([1_024, 476])
    expect(settled[1_023]).toMatchObject({ status: 'fulfilled', value: { entry: { commandId: '1023' } } })
    expect(settled.slice(1_024)).toEqual(Array(476).fill({ status: 'rejected', reason: failure }))
    expect(await log.appendAll([])).toEqual([])
  })

  test('[LOG4] listeners hear commits in order, and one that throws does not stop the others', async () => {
    const { log, commit, failures } = openByHand()
    log.onCommitted(() => {
      throw new Error('a bad listener')
    })
    const heard = listen(log)
    const all = ['a', 'b', 'c', 'd', 'e']
    for (const name of all) {
      const appended = log.append(item(name))
      await commit()
      await appended
    }
    await log.flush()
    expect(heard).toEqual(all)
    expect(failures).toHaveLength(5)
  })

  test('a listener that left hears nothing more', async () => {
    const { log, commit } = openByHand()
    const heard: unknown[] = []
    const leave = log.onCommitted((committed) => heard.push(committed))
    leave()
    const appended = log.append(item('a'))
    await commit()
    await appended
    await log.flush()
    expect(heard).toEqual([])
  })
})
