import { expect, test } from 'vitest'
import { buildEntry, SESSION_ID } from '../testing/builders.ts'
import { seededRandom, type Random } from '../testing/random.ts'
import type { Entry, Page, Subscription } from '../types/messages.ts'
import { askedFor, detailOf, qualityOf, type Quality } from './quality.ts'
import { openSubscription } from './subscription.ts'

const QUALITIES: readonly Quality[] = ['every', 'gathered', 'records']

test.each(QUALITIES)('%s says what it is, and is read as that', (quality) => {
  expect(qualityOf(askedFor(quality))).toBe(quality)
})

/**
 * A reader who changes its mind at random, over a link that is cut and delayed, beside a relay that keeps the rules. Once
 * it wants everything again it must hold the log, deltas too, each entry once and in order.
 */
test.each(Array.from({ length: 150 }, (_, seed) => seed))(
  '[SUB9] [SUB6] whatever quality was read in between, the log is held exactly once and in order, seed %i',
  async (seed) => {
    const world = openWorld(seededRandom(seed))
    for (let step = 0; step < 300; step += 1) await world.step()
    await world.settle('records')
    expect(world.held().filter(isRecord)).toEqual(world.log().filter(isRecord))
    await world.settle('every')
    expect(world.held()).toEqual(world.log())
  },
)

type Down = { answer: Subscription | Page; to: (answer: Subscription | Page) => void } | { entries: Entry[] }

function openWorld(random: Random) {
  const log: Entry[] = []
  let held: Entry[] = []
  let connected = false
  let joined: Quality | undefined
  let gathered: Entry[] = []
  let up: (() => void)[] = []
  let down: Down[] = []
  let later: (() => void)[] = []

  const ask = <T extends Subscription | Page>(answer: () => Subscription | Page): Promise<T> =>
    new Promise<T>((resolve) => {
      // An answer that never comes back is a question lost with its link.
      up.push(() => down.push({ answer: answer(), to: resolve as (answer: Subscription | Page) => void }))
    })
  const subscription = openSubscription({
    sessionId: SESSION_ID,
    pageEntries: PAGE,
    transport: {
      subscribe: (question) =>
        ask(() => {
          joined = qualityOf(question)
          return { ...pageOf(log, question.after ?? 0, joined), head: log.length, logEpoch: 'log-1' }
        }),
      read: ({ after }) => ask(() => pageOf(log, after, joined ?? 'every')),
    },
    events: {
      onEntries(entries) {
        for (const entry of entries) {
          if (entry.seq <= (held.at(-1)?.seq ?? 0)) throw new Error(`${entry.seq} came twice or too late`)
          held.push(entry)
        }
      },
      onReset: () => (held = []),
      onRewind: (to) => (held = held.filter(({ seq }) => seq <= to)),
    },
    schedule(run) {
      later.push(run)
      return () => (later = later.filter((other) => other !== run))
    },
  })

  function write(): void {
    const entry = nextEntry(log, random)
    log.push(entry)
    if (joined === 'every') down.push({ entries: [entry] })
    if (joined === 'records' && isRecord(entry)) down.push({ entries: [{ ...entry, prev: recordBefore(log, entry) }] })
    if (joined === 'gathered') gathered.push(entry)
    if (joined !== 'gathered') gathered = []
  }

  function flush(): void {
    if (joined === 'gathered' && gathered.length > 0) down.push({ entries: gathered })
    gathered = []
  }

  async function deliver(): Promise<boolean> {
    const question = random.chance(0.5) || down.length === 0 ? up.shift() : undefined
    question?.()
    const message = question === undefined ? down.shift() : undefined
    if (message !== undefined && 'entries' in message) subscription.take(message.entries)
    else message?.to(message.answer)
    await Promise.resolve()
    await Promise.resolve()
    return question !== undefined || message !== undefined
  }

  function connect(): void {
    if (connected) return
    connected = true
    subscription.connected()
  }

  function cut(): void {
    if (!connected) return
    connected = false
    joined = undefined
    gathered = []
    up = []
    down = []
    subscription.disconnected()
  }

  async function step(): Promise<void> {
    const [dice] = [random.next()]
    if (dice < 0.35) write()
    else if (dice < 0.75) await deliver()
    else if (dice < 0.8) flush()
    else if (dice < 0.88) subscription.setQuality(QUALITIES[Math.floor(random.next() * QUALITIES.length)] ?? 'every')
    else if (dice < 0.9) cut()
    else if (dice < 0.93) later.shift()?.()
    else connect()
  }

  return {
    step,
    held: () => held.map(({ prev: _prev, ...entry }) => entry),
    log: () => log.map(({ prev: _prev, ...entry }) => entry),
    async settle(quality: Quality) {
      connect()
      subscription.setQuality(quality)
      for (let round = 0; round < 20; round += 1) {
        flush()
        while (await deliver());
        for (const run of later.splice(0)) run()
        while (await deliver());
        subscription.heads({ serverTime: 0, logEpoch: 'log-1', heads: { [SESSION_ID]: headFor(log, quality) } })
      }
    },
  }
}

const PAGE = 7

const isRecord = ({ kind, key, final }: Pick<Entry, 'kind' | 'key' | 'final'>): boolean =>
  kind !== 'text' || key === undefined || final === true

/** Texts that are written piece by piece, two at a time, with other things in between. */
function nextEntry(log: readonly Entry[], random: Random): Entry {
  const seq = log.length + 1
  const dice = random.next()
  if (dice < 0.2) return { ...buildEntry(seq), kind: 'notice' }
  return {
    ...buildEntry(seq),
    kind: 'text',
    key: dice < 0.6 ? 'a' : 'b',
    ...(random.chance(0.1) ? { final: true } : {}),
  }
}

function recordBefore(log: readonly Entry[], { seq }: Entry): number {
  return log.findLast((entry) => entry.seq < seq && isRecord(entry))?.seq ?? 0
}

function headFor(log: readonly Entry[], quality: Quality): number {
  return quality === 'records' ? (log.findLast(isRecord)?.seq ?? 0) : log.length
}

function pageOf(log: readonly Entry[], after: number, quality: Quality): Page {
  const range = log.slice(after)
  const entries = (detailOf(quality) === 'full' ? range : range.filter(isRecord)).slice(0, PAGE)
  const whole = entries.length < PAGE
  const to = whole ? log.length : (entries.at(-1)?.seq ?? after)
  return { entries: chained(entries, after), from: Math.min(after, log.length), to }
}

function chained(entries: readonly Entry[], from: number): Entry[] {
  return entries.map((entry, index) => ({ ...entry, prev: entries[index - 1]?.seq ?? from }))
}
