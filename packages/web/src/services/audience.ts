import type { ServerToBrowser, Welcome } from '@farhand/shared'
import type { LinkStatus } from './reconnect.ts'
import type { EventOf, RelayEvent } from './websocket.ts'

type StatusListener = (status: LinkStatus, welcome?: Welcome) => void

/** Who listens to the link to the relay. Each `on…` returns its undo. */
export function openAudience() {
  const listeners = new Map<RelayEvent, Set<(payload: never) => void>>()
  const statusListeners = new Set<StatusListener>()
  const roundTripListeners = new Set<(ms: number) => void>()
  const overdueListeners = new Set<(overdue: boolean) => void>()

  return {
    on<E extends RelayEvent>(event: E, listener: ServerToBrowser[E]): () => void {
      const group = listeners.get(event) ?? new Set()
      listeners.set(event, group.add(listener))
      return () => group.delete(listener)
    },
    onStatus(listener: StatusListener): () => void {
      statusListeners.add(listener)
      return () => statusListeners.delete(listener)
    },
    onRoundTrip(listener: (ms: number) => void): () => void {
      roundTripListeners.add(listener)
      return () => roundTripListeners.delete(listener)
    },
    onOverdue(listener: (overdue: boolean) => void): () => void {
      overdueListeners.add(listener)
      return () => overdueListeners.delete(listener)
    },
    tell<E extends RelayEvent>(event: E, payload: EventOf<E>): void {
      // Listeners are kept under the event whose payload they take.
      for (const listener of listeners.get(event) ?? []) apart(() => listener(payload as never))
    },
    tellStatus(status: LinkStatus, welcome?: Welcome): void {
      for (const listener of statusListeners) apart(() => listener(status, welcome))
    },
    tellRoundTrip(ms: number): void {
      for (const listener of roundTripListeners) apart(() => listener(ms))
    },
    tellOverdue(overdue: boolean): void {
      for (const listener of overdueListeners) apart(() => listener(overdue))
    },
    clear(): void {
      for (const group of listeners.values()) group.clear()
      statusListeners.clear()
      roundTripListeners.clear()
      overdueListeners.clear()
    },
  }
}

/** A door: a listener that fails takes nothing from the others. */
function apart(tell: () => void): void {
  try {
    tell()
  } catch (error) {
    console.error('What the relay said could not be taken in.', error)
  }
}
