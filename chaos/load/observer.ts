import { openSubscription, type Entry, type Page, type SessionSubscription, type Subscription } from '@farhand/shared'
import { asSeen, type History } from '../history.ts'
import { openClient, type Client, type Proof } from './client.ts'

/** A reader of some sessions, over the very subscription that the page uses; it writes down what it applied. */
export type Observer = {
  name: string
  client: Client
  cursors(): ReadonlyMap<string, { cursor: number; phase: string }>
  /** Says to the history where it stands. */
  settle(): void
  close(): void
}

export type ObserverOptions = {
  name: string
  url: string
  proof: Proof
  sessionIds: readonly string[]
  history: History
  onEntries?(sessionId: string, entries: readonly Entry[]): void
  onUp?(): void
}

const PAGE_ENTRIES = 100

export function openObserver(options: ObserverOptions): Observer {
  const { name: who, history, sessionIds } = options
  const subscriptions = new Map<string, SessionSubscription>()
  const each = (act: (subscription: SessionSubscription, sessionId: string) => void): void => subscriptions.forEach(act)
  const client = openClient(options.url, options.proof, {
    up() {
      each((subscription) => subscription.connected())
      options.onUp?.()
    },
    down: () => each((subscription) => subscription.disconnected()),
    entries(entries) {
      for (const [sessionId, mine] of Map.groupBy(entries, (entry) => entry.sessionId))
        subscriptions.get(sessionId)?.take(mine)
    },
    heads: (heads) => each((subscription) => subscription.heads(heads)),
  })
  for (const sessionId of sessionIds) {
    subscriptions.set(
      sessionId,
      openSubscription({
        sessionId,
        pageEntries: PAGE_ENTRIES,
        schedule(later, ms) {
          const timer = setTimeout(later, ms)
          return () => clearTimeout(timer)
        },
        transport: {
          subscribe: (question) => client.ask<Subscription>('subscribe', question),
          read: (question) => client.ask<Page>('read', question),
        },
        events: {
          onEntries(entries) {
            history.write({ ev: 'applied', who, sessionId, entries: entries.map(asSeen) })
            options.onEntries?.(sessionId, entries)
          },
          onReset(from) {
            const logEpoch = subscriptions.get(sessionId)?.state().logEpoch
            history.write({ ev: 'reset', who, sessionId, from, ...(logEpoch === undefined ? {} : { logEpoch }) })
          },
        },
      }),
    )
  }
  const cursors = () =>
    new Map([...subscriptions].map(([id, { state }]) => [id, { cursor: state().cursor ?? 0, phase: state().phase }]))
  return {
    name: who,
    client,
    cursors,
    settle() {
      for (const [sessionId, { cursor, phase }] of cursors())
        history.write({ ev: 'settled', who, sessionId, cursor, phase })
    },
    close() {
      each((subscription) => subscription.close())
      client.close()
    },
  }
}
