import { expect, test } from 'vitest'
import { buildEntry, SESSION_ID } from '../testing/builders.ts'
import { seededRandom, type Random } from '../testing/random.ts'
import { socketPair } from '../testing/socketPair.ts'
import type { Entry, Page, Subscription } from '../types/messages.ts'
import { openSubscription, type SessionSubscription } from './subscription.ts'

/**
 * A reader over a link that is cut, delayed and reordered against its answers at random, beside a relay that keeps
 * the rules. When all is quiet the reader must hold the log, each entry once and in order.
 */
test.each(Array.from({ length: 120 }, (_, seed) => seed))(
  '[SUB2] a reader over a bad link holds the log exactly once and in order, seed %i',
  async (seed) => {
    const world = buildWorld(seededRandom(seed))
    for (let step = 0; step < 400; step += 1) await world.step()
    await world.settle()
    expect(world.applied()).toEqual(world.log())
  },
)

type Question = {
  id: number
  event: 'subscribe' | 'read'
  after?: number
  tail?: number
  logEpoch?: string
  limit?: number
}
type Down =
  | { type: 'answer'; id: number; answer: Subscription | Page }
  | { type: 'entries'; entries: Entry[] }
  | { type: 'heads'; head: number }

function buildWorld(random: Random) {
  const link = socketPair<Question, Down>()
  const pending = new Map<number, (answer: Subscription | Page) => void>()
  const timers: (() => void)[] = []
  const server = relay(random)
  let connected = false
  let joined = false
  let asked = 0
  let read: number[] = []

  const ask = <T extends Subscription | Page>(question: Omit<Question, 'id'>): Promise<T> =>
    new Promise<T>((resolve) => {
      asked += 1
      // An answer that never comes back is a question lost with its link: the next connect asks again.
      pending.set(asked, resolve as (answer: Subscription | Page) => void)
      link.client.send({ ...question, id: asked })
    })
  const subscription: SessionSubscription = openSubscription({
    sessionId: SESSION_ID,
    pageEntries: 7,
    transport: {
      subscribe: (question) => ask<Subscription>({ event: 'subscribe', ...question }),
      read: (question) => ask<Page>({ event: 'read', ...question }),
    },
    events: {
      onEntries: (entries) => read.push(...entries.map((entry) => entry.seq)),
      onReset: () => {
        read = []
      },
    },
    schedule(later) {
      timers.push(later)
      return () => timers.splice(timers.indexOf(later), 1)
    },
  })
  link.server.onMessage((question) => {
    if (question.event === 'subscribe') joined = true // join first, then read, then answer
    link.server.send({ type: 'answer', id: question.id, answer: server.answer(question) })
  })
  link.client.onMessage((message) => {
    if (message.type === 'answer') pending.get(message.id)?.(message.answer)
    else if (message.type === 'entries') subscription.take(message.entries)
    else subscription.heads({ serverTime: 0, logEpoch: 'log-1', heads: { [SESSION_ID]: message.head } })
  })
  const setConnected = (next: boolean): void => {
    if (next === connected) return
    connected = next
    joined = false
    if (next) return subscription.connected()
    link.cut()
    pending.clear()
    subscription.disconnected()
  }
  const publish = (): void => {
    const fresh = server.append()
    // A lost tail: what was published never reached the reader.
    if (joined && random.chance(0.95)) link.server.send({ type: 'entries', entries: fresh })
  }
  return {
    async step(): Promise<void> {
      if (random.chance(0.4)) publish()
      if (random.chance(0.05)) setConnected(!connected)
      if (joined && random.chance(0.05)) link.server.send({ type: 'heads', head: server.head() })
      link.flushToServer(random.int(3))
      link.flushToClient(random.int(4))
      if (random.chance(0.1)) timers.shift()?.()
      await Promise.resolve()
    },
    async settle(): Promise<void> {
      setConnected(true)
      for (let round = 0; round < 200; round += 1) {
        if (joined) link.server.send({ type: 'heads', head: server.head() })
        link.flushToServer()
        link.flushToClient()
        timers.shift()?.()
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
    applied: () => read,
    log: () => Array.from({ length: server.head() }, (_, index) => index + 1),
  }
}

function relay(random: Random) {
  const log: Entry[] = []
  return {
    head: () => log.length,
    append(): Entry[] {
      const fresh = Array.from({ length: 1 + random.int(5) }, (_, index) => buildEntry(log.length + index + 1))
      log.push(...fresh)
      return fresh
    },
    answer(question: Question): Subscription | Page {
      const from = question.after ?? 0
      const to = Math.min(log.length, from + (question.limit ?? 7))
      const page = { entries: log.slice(from, to), from, to }
      return question.event === 'read' ? page : { ...page, head: log.length, logEpoch: 'log-1' }
    },
  }
}
