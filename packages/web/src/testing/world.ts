import { LIMITS, PROTOCOL_VERSION, type Welcome } from '@farhand/shared'
import type { Relay } from '../services/relay.ts'
import type { LinkStatus } from '../services/reconnect.ts'
import type { EventOf, Question, RelayEvent } from '../services/websocket.ts'

/** Timers that run when a test says how much time has passed. */
export function handClock(start = 1_000_000) {
  let now = start
  let timers: { at: number; later: () => void }[] = []
  return {
    clock: { now: () => now },
    schedule(later: () => void, ms: number): () => void {
      const timer = { at: now + ms, later }
      timers.push(timer)
      return () => (timers = timers.filter((other) => other !== timer))
    },
    async pass(ms: number): Promise<void> {
      const end = now + ms
      for (;;) {
        const next = timers.filter((timer) => timer.at <= end).toSorted((a, b) => a.at - b.at)[0]
        if (next === undefined) break
        timers = timers.filter((timer) => timer !== next)
        now = Math.max(now, next.at)
        next.later()
        await settle()
      }
      now = end
      await settle()
    },
  }
}

/** Lets promises that are ready run to their end. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}

export function buildWelcome(part: Partial<Welcome> = {}): Welcome {
  return {
    protocol: PROTOCOL_VERSION,
    serverTime: 0,
    logEpoch: 'log-1',
    instance: 'instance-1',
    user: { id: 'owner', name: 'Owner' },
    limits: LIMITS,
    ...part,
  }
}

/** A relay whose answers a test gives: `answer` decides by event, and every question is kept. */
export function fakeRelay(answer: (event: Question, payload: unknown) => unknown) {
  const asked: { event: Question; payload: unknown }[] = []
  const listeners = new Map<RelayEvent, Set<(payload: never) => void>>()
  const statusListeners = new Set<(status: LinkStatus, welcome?: Welcome) => void>()
  let status: LinkStatus = { name: 'connecting', attempt: 1 }
  const relay: Relay = {
    // A test gives the answers in the shape of the event that asks.
    ask: async (event, payload) => {
      asked.push({ event, payload })
      return (await answer(event, payload)) as never
    },
    on(event, listener) {
      const group = listeners.get(event) ?? new Set()
      listeners.set(event, group.add(listener))
      return () => group.delete(listener)
    },
    onStatus(listener) {
      statusListeners.add(listener)
      listener(status)
      return () => statusListeners.delete(listener)
    },
    onRoundTrip: () => () => {},
    onOverdue: () => () => {},
    status: () => status,
    retryNow: () => {},
    wake: () => {},
    close: () => {},
  }
  return {
    relay,
    asked,
    setStatus(next: LinkStatus): void {
      status = next
      for (const listener of statusListeners) listener(next, next.name === 'connected' ? buildWelcome() : undefined)
    },
    tell<E extends RelayEvent>(event: E, payload: EventOf<E>): void {
      for (const listener of listeners.get(event) ?? []) listener(payload as never)
    },
  }
}
