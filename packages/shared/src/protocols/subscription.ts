import type { Entry, Heads, Page, Subscription } from '../types/messages.ts'
import type { Quality } from './quality.ts'
import {
  openSubscriber,
  stepSubscriber,
  type Start,
  type SubscribeQuestion,
  type Subscriber,
  type SubscriberInput,
  type SubscriberOutput,
} from './subscriber.ts'

/** How long to wait before asking again after a refusal or a silent answer. */
export const ASK_AGAIN_MS = 1_000

/** The three questions a subscription asks; any transport that answers them will do. A failure is a rejection. */
export type SubscriptionTransport = {
  subscribe(question: { sessionId: string } & SubscribeQuestion): Promise<Subscription>
  read(question: { sessionId: string; after: number; limit: number }): Promise<Page>
}

export type SubscriptionEvents = {
  /** In order, each exactly once. */
  onEntries(entries: Entry[]): void
  /** Forget what was applied; the entries that follow begin after `from`. */
  onReset(from: number): void
  /** Forget what was applied behind `to`; it comes again, and whole. Only where the quality is changed. */
  onRewind?(to: number): void
  onPhase?(subscriber: Subscriber): void
  /** A refusal. It is asked again unless `onRefused` returns false. */
  onRefused?(error: unknown): boolean
}

export type SubscriptionOptions = {
  sessionId: string
  transport: SubscriptionTransport
  events: SubscriptionEvents
  start?: Start
  resume?: { cursor: number; logEpoch: string }
  pageEntries: number
  /** @default 'every' */
  quality?: Quality
  /** Runs `later` after a pause and returns how to prevent it. */
  schedule(later: () => void, ms: number): () => void
}

export type SessionSubscription = {
  connected(): void
  disconnected(): void
  take(entries: readonly Entry[]): void
  heads(heads: Heads): void
  /** How much is read from now on: goes into effect with the next answer. */
  setQuality(quality: Quality): void
  state(): Subscriber
  close(): void
}

/** The subscriber machine with a transport and a clock: thin, it only carries out what the machine decided. */
export function openSubscription(options: SubscriptionOptions): SessionSubscription {
  const { sessionId, transport, events } = options
  const { quality = 'every' } = options
  let { subscriber } = stepSubscriber(openSubscriber(options.start, options.resume), { type: 'quality', quality })
  let cancelRetry = (): void => {}
  let closed = false

  function put(input: SubscriberInput): void {
    if (closed) return
    const step = stepSubscriber(subscriber, input)
    subscriber = step.subscriber
    for (const output of step.outputs) {
      switch (output.type) {
        case 'subscribe':
          answer(output.asked, 'subscribed', transport.subscribe(questionOf(sessionId, output)))
          break
        case 'read':
          answer(output.asked, 'page', transport.read({ sessionId, after: output.after, limit: options.pageEntries }))
          break
        case 'apply':
          events.onEntries(output.entries)
          break
        case 'reset':
          events.onReset(output.from)
          break
        case 'rewind':
          events.onRewind?.(output.to)
          break
        case 'retry':
          cancelRetry()
          cancelRetry = options.schedule(() => put({ type: 'connected' }), ASK_AGAIN_MS)
          break
        default:
          output satisfies never
      }
    }
    events.onPhase?.(subscriber)
  }

  function answer<T extends Subscription | Page>(
    asked: number,
    type: 'subscribed' | 'page',
    question: Promise<T>,
  ): void {
    question.then(
      // The two answers differ only by what `type` says, which is chosen beside the question.
      (value) => put({ type, asked, answer: value } as SubscriberInput),
      (error: unknown) => {
        if (events.onRefused?.(error) !== false) put({ type: 'failed', asked })
      },
    )
  }

  return {
    connected: () => put({ type: 'connected' }),
    disconnected: () => {
      cancelRetry()
      put({ type: 'disconnected' })
    },
    take: (entries) => put({ type: 'entries', entries }),
    heads: (heads) => {
      const head = heads.heads[sessionId]
      if (head !== undefined) put({ type: 'head', head, logEpoch: heads.logEpoch })
    },
    setQuality: (quality) => put({ type: 'quality', quality }),
    state: () => subscriber,
    close: () => {
      closed = true
      cancelRetry()
    },
  }
}

function questionOf(
  sessionId: string,
  { type: _type, asked: _asked, ...question }: Extract<SubscriberOutput, { type: 'subscribe' }>,
): { sessionId: string } & SubscribeQuestion {
  return { sessionId, ...question }
}
