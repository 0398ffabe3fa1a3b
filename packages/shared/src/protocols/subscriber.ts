import type { Entry, Page, Subscription } from '../types/messages.ts'
import { judge } from './cursor.ts'
import { askedFor, type Quality, type QualityFields } from './quality.ts'

/**
 * The one replay client (SUB1–SUB6), as a pure state machine: `idle → catching-up → live`.
 * Every loss has one cure: subscribe again from the cursor. First connect, reconnect, a missed packet and a lost
 * tail therefore all take the same path. `subscription.ts` gives it a transport.
 *
 * While it catches up, live entries that do not follow the cursor are not kept: they only raise `head`, and
 * reading goes on until the cursor has reached it. So a reader needs no memory for what it has not applied.
 */
export type Subscriber = {
  phase: 'idle' | 'catching-up' | 'live'
  /** The seq applied up to. Undefined: nothing read yet, and `start` decides where reading begins. */
  cursor: number | undefined
  /** The largest seq known to exist. */
  head: number
  logEpoch: string | undefined
  /** Numbers the questions, so that an answer to a superseded one is recognised. */
  asked: number
  start: Start
  quality: Quality
  /**
   * Up to here everything was read, and something behind it without its deltas. Undefined: there is no such thing. Whoever
   * wants deltas again goes back to here, because pieces of a text that is still being written may lie anywhere behind it.
   */
  whole: number | undefined
}

/**
 * Where a reader without a cursor begins: at the first entry, or with the newest `tail` ones. One that is more than
 * `leap` entries behind its cursor begins anew like that, instead of reading all that it missed.
 */
export type Start = { tail?: number; leap?: number }

export type SubscriberInput =
  | { type: 'connected' }
  | { type: 'disconnected' }
  | { type: 'subscribed'; asked: number; answer: Subscription }
  | { type: 'page'; asked: number; answer: Page }
  | { type: 'failed'; asked: number }
  | { type: 'entries'; entries: readonly Entry[] }
  | { type: 'head'; head: number; logEpoch: string }
  | { type: 'quality'; quality: Quality }

export type SubscriberOutput =
  | ({ type: 'subscribe'; asked: number } & SubscribeQuestion)
  | { type: 'read'; asked: number; after: number }
  | { type: 'apply'; entries: Entry[] }
  /** Forget everything applied: this log can't be continued. What follows begins after `from`. */
  | { type: 'reset'; from: number }
  /** Forget what was applied behind `to`: it comes again, and whole. */
  | { type: 'rewind'; to: number }
  /** Asking failed; ask again with `connected` after a pause. */
  | { type: 'retry' }

export type SubscribeQuestion = { after?: number; tail?: number; logEpoch?: string } & QualityFields

type Step = { subscriber: Subscriber; outputs: SubscriberOutput[] }

export function openSubscriber(start: Start = {}, resume?: { cursor: number; logEpoch: string }): Subscriber {
  return {
    phase: 'idle',
    cursor: resume?.cursor,
    head: resume?.cursor ?? 0,
    logEpoch: resume?.logEpoch,
    asked: 0,
    start,
    quality: 'every',
    whole: undefined,
  }
}

/** Where another subscriber may go on that reads everything. */
export function resumeOf({ cursor, whole, logEpoch }: Subscriber): { cursor: number; logEpoch: string } | undefined {
  return cursor === undefined || logEpoch === undefined ? undefined : { cursor: whole ?? cursor, logEpoch }
}

export function stepSubscriber(subscriber: Subscriber, input: SubscriberInput): Step {
  switch (input.type) {
    case 'connected':
      return ask(subscriber)
    case 'disconnected':
      // The number grows, so that an answer of the old connection is not taken for one of the next.
      return { subscriber: { ...subscriber, phase: 'idle', asked: subscriber.asked + 1 }, outputs: [] }
    case 'subscribed':
      return isAnswer(subscriber, input.asked) ? takeSubscription(subscriber, input.answer) : stay(subscriber)
    case 'page':
      return isAnswer(subscriber, input.asked) ? takePage(subscriber, input.answer, []) : stay(subscriber)
    case 'failed':
      return isAnswer(subscriber, input.asked) ? { subscriber, outputs: [{ type: 'retry' }] } : stay(subscriber)
    case 'entries':
      return takeEntries(subscriber, input.entries)
    case 'head':
      return takeHead(subscriber, input)
    case 'quality':
      return takeQuality(subscriber, input.quality)
    default:
      return input satisfies never
  }
}

function stay(subscriber: Subscriber): Step {
  return { subscriber, outputs: [] }
}

function isAnswer(subscriber: Subscriber, asked: number): boolean {
  return subscriber.phase === 'catching-up' && subscriber.asked === asked
}

/** It wants everything again and has not got yet what it read without deltas. */
function isRewinding({ quality, whole }: Subscriber): boolean {
  return quality !== 'records' && whole !== undefined
}

/** Up to where nothing that this quality has is missing. */
function heldUpTo(subscriber: Subscriber): number | undefined {
  return isRewinding(subscriber) ? subscriber.whole : subscriber.cursor
}

function takeQuality(subscriber: Subscriber, quality: Quality): Step {
  if (quality === subscriber.quality) return stay(subscriber)
  const { cursor, whole = cursor } = subscriber
  const next = { ...subscriber, quality, whole: quality === 'records' ? whole : subscriber.whole }
  return next.phase === 'idle' ? stay(next) : ask(next)
}

function ask(subscriber: Subscriber): Step {
  const { logEpoch, start, quality } = subscriber
  const cursor = heldUpTo(subscriber)
  const asked = subscriber.asked + 1
  return {
    subscriber: { ...subscriber, phase: 'catching-up', asked },
    outputs: [
      {
        type: 'subscribe',
        asked,
        ...(cursor === undefined ? {} : { after: cursor }),
        // Sent beside a cursor too: after a reset the answer then is the newest page at once.
        ...(start.tail === undefined ? {} : { tail: start.tail }),
        ...(logEpoch === undefined ? {} : { logEpoch }),
        ...askedFor(quality),
      },
    ],
  }
}

function takeSubscription(subscriber: Subscriber, answer: Subscription): Step {
  const { quality, whole } = subscriber
  const cursor = heldUpTo(subscriber)
  const begins = cursor === undefined || answer.reset === true
  if (!begins && answer.head - cursor > (subscriber.start.leap ?? Infinity)) {
    return ask({ ...subscriber, cursor: undefined, whole: undefined })
  }
  const next = {
    ...subscriber,
    cursor: begins ? answer.from : cursor,
    head: begins ? answer.head : Math.max(subscriber.head, answer.head),
    logEpoch: answer.logEpoch,
    whole: quality !== 'records' ? undefined : begins ? answer.from : whole,
  }
  if (begins) return takePage(next, answer, [{ type: 'reset', from: answer.from }])
  return takePage(next, answer, cursor === subscriber.cursor ? [] : [{ type: 'rewind', to: cursor }])
}

function takePage(subscriber: Subscriber, page: Page, before: SubscriberOutput[]): Step {
  const cursor = subscriber.cursor ?? 0
  const fresh = page.entries.filter((entry) => entry.seq > cursor)
  // The page accounts for every seq in (from, to], so the cursor moves to its end even where entries were superseded.
  const moved = page.from <= cursor ? Math.max(cursor, page.to) : cursor
  const next: Subscriber = { ...subscriber, cursor: moved, head: Math.max(subscriber.head, moved) }
  const outputs = [
    ...before,
    ...(fresh.length > 0 && moved > cursor ? [{ type: 'apply' as const, entries: fresh }] : []),
  ]
  if (moved >= next.head) return { subscriber: { ...next, phase: 'live' }, outputs }
  // A page that brings nothing although the head is further on would loop for ever: pause, then ask again.
  if (moved === cursor && before.length === 0) return { subscriber: next, outputs: [...outputs, { type: 'retry' }] }
  const asked = next.asked + 1
  return { subscriber: { ...next, asked }, outputs: [...outputs, { type: 'read', asked, after: moved }] }
}

function takeEntries(subscriber: Subscriber, entries: readonly Entry[]): Step {
  if (subscriber.phase === 'idle' || subscriber.cursor === undefined) return stay(subscriber)
  let cursor = subscriber.cursor
  let head = subscriber.head
  let gap = false
  const applied: Entry[] = []
  for (const entry of entries) {
    head = Math.max(head, entry.seq)
    switch (judge(cursor, entry)) {
      case 'apply':
        applied.push(entry)
        cursor = entry.seq
        break
      case 'gap':
        gap = true
        break
      case 'duplicate':
        break
    }
  }
  if (isRewinding(subscriber)) return stay({ ...subscriber, head }) // it comes with the answer that is awaited
  const next = { ...subscriber, cursor, head }
  const outputs: SubscriberOutput[] = applied.length > 0 ? [{ type: 'apply', entries: applied }] : []
  return gap && next.phase === 'live' ? askAgain(next, outputs) : { subscriber: next, outputs }
}

function takeHead(subscriber: Subscriber, beacon: { head: number; logEpoch: string }): Step {
  if (subscriber.phase !== 'live') return stay(subscriber)
  const lost = beacon.head > (subscriber.cursor ?? 0)
  const otherLog = beacon.logEpoch !== subscriber.logEpoch
  return lost || otherLog ? askAgain(subscriber, []) : stay(subscriber)
}

function askAgain(subscriber: Subscriber, before: SubscriberOutput[]): Step {
  const step = ask(subscriber)
  return { subscriber: step.subscriber, outputs: [...before, ...step.outputs] }
}
