import { randomUUID } from 'node:crypto'
import {
  MAX_PAGE_ENTRIES,
  openSubscription,
  type CommandAccepted,
  type Entry,
  type Page,
  type SessionSubscription,
  type Subscription,
} from '@farhand/shared'
import { Refused, openClient, type Client } from '../../chaos/load/client.ts'
import { age } from './chunk.ts'
import type { BenchAgent, Relay } from './relay.ts'
import type { Work } from './work.ts'

const PATIENCE_MS = 60_000

/** A reader of sessions, over the very subscription that the page uses. */
export type Observer = {
  client: Client
  /** Reads a session as well, from its first entry on. Resolves when its first page is there. */
  read(sessionId: string): Promise<void>
  cursorOf(sessionId: string): number
  isLive(sessionId: string): boolean
  close(): void
}

export type ObserverEvents = { entries?(entries: readonly Entry[]): void }

/** Resolves when the relay has welcomed it. */
export async function openObserver(
  relay: Pick<Relay, 'url' | 'ownerToken'>,
  { entries: hear = () => {} }: ObserverEvents = {},
): Promise<Observer> {
  const subscriptions = new Map<string, SessionSubscription>()
  const { promise: welcomed, resolve: welcome } = Promise.withResolvers<void>()
  let up = false
  const client = openClient(relay.url, () => Promise.resolve({ token: relay.ownerToken }), {
    up() {
      up = true
      welcome()
      for (const subscription of subscriptions.values()) subscription.connected()
    },
    down() {
      up = false
      for (const subscription of subscriptions.values()) subscription.disconnected()
    },
    entries(entries) {
      const [first] = entries
      if (first !== undefined) subscriptions.get(first.sessionId)?.take(entries) // one message is of one session
    },
    heads(heads) {
      for (const subscription of subscriptions.values()) subscription.heads(heads)
    },
  })

  async function read(sessionId: string): Promise<void> {
    const subscription = openSubscription({
      sessionId,
      pageEntries: MAX_PAGE_ENTRIES,
      schedule(later, ms) {
        const timer = setTimeout(later, ms)
        return () => clearTimeout(timer)
      },
      transport: {
        subscribe: (question) => client.ask<Subscription>('subscribe', question),
        read: (question) => client.ask<Page>('read', question),
      },
      events: { onEntries: hear, onReset: () => {} },
    })
    subscriptions.set(sessionId, subscription)
    if (up) subscription.connected()
    await until(() => subscription.state().cursor !== undefined, 'a session could not be read')
  }

  await within(welcomed, 'the relay did not welcome an observer')
  return {
    client,
    read,
    cursorOf: (sessionId) => subscriptions.get(sessionId)?.state().cursor ?? 0,
    isLive: (sessionId) => subscriptions.get(sessionId)?.state().phase === 'live',
    close() {
      for (const subscription of subscriptions.values()) subscription.close()
      client.close()
    },
  }
}

/** Keeps how old each chunk of the bench was when it came. */
export function agesInto(ages: number[]): ObserverEvents {
  return {
    entries(entries) {
      for (const { kind, response } of entries) if (kind === 'text') ages.push(age(response))
    },
  }
}

const NOTHING: Work = { chunkBytes: 1, chunksPerSecond: 1, chunks: 0, startAfterMs: 0 }

/** A session in which nothing is said yet. */
export async function openSession(sender: Observer, agent: Pick<BenchAgent, 'projectId'>): Promise<string> {
  const sessionId = randomUUID()
  await giveWork(sender, agent, sessionId, NOTHING)
  return sessionId
}

/** Tells the agent what to say in a session. Whoever tells it does not read it. */
export async function giveWork(
  { client }: Observer,
  { projectId }: Pick<BenchAgent, 'projectId'>,
  sessionId: string,
  work: Work,
): Promise<void> {
  const asked = { projectId, sessionId, commandId: randomUUID(), command: JSON.stringify(work) }
  await unhurried(() => client.ask<CommandAccepted>('execute_command', asked))
  await unhurried(() => client.ask('unsubscribe', { sessionId }))
}

const ASK_AGAIN_MS = 250

/** One socket sets up what many would: where it is too fast for a person, it waits. What is asked again has the same id. */
async function unhurried<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'RATE_LIMITED') throw error
      await pause(ASK_AGAIN_MS)
    }
  }
}

export async function headOf({ client }: Observer, sessionId: string): Promise<number> {
  const { to } = await client.ask<Page>('read', { sessionId, limit: 1 })
  return to
}

export async function until(condition: () => boolean, complaint: string, ms = PATIENCE_MS): Promise<void> {
  const deadline = performance.now() + ms
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(complaint)
    await pause(5)
  }
}

export async function within<T>(promise: Promise<T>, complaint: string, ms = PATIENCE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(complaint)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
