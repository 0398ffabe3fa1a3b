import { setMaxListeners } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { PushOutcome } from '@farhand/shared'
import type { PushRecord } from '../log/push/store.ts'
import type { Letter } from './message.ts'
import type { Post } from './post.ts'

/** Carries letters to push services: a few at once, each a few times. */
export type Sender = {
  /** @param isWanted whether it still is, asked before each further try. Never rejects */
  send(to: PushRecord, letter: Letter, isWanted: () => Promise<boolean>): Promise<PushOutcome>
  /** One try, for somebody who waits. */
  sendOnce(to: PushRecord, letter: Letter): Promise<PushOutcome>
  /** What waits for another try is given up. */
  close(): void
}

const AT_ONCE = 6
/** More than that wait only where a push service hangs; news get old. */
const MAX_WAITING = 500
const TRIES = 4
const FIRST_PAUSE_MS = 2_000
const PAUSE_GROWTH = 4
/** Of each pause, so that not all come back at once. */
const JITTER = 0.25

export function createSender(options: { post: Post; random?: () => number; firstPauseMs?: number }): Sender {
  const { post, random = Math.random, firstPauseMs = FIRST_PAUSE_MS } = options
  const closing = new AbortController()
  setMaxListeners(MAX_WAITING, closing.signal)
  const waiting: (() => void)[] = []
  let busy = 0

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (busy >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve))
    else busy += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) busy -= 1
      else next() // takes over the place
    }
  }

  async function tryTimes(
    tries: number,
    to: PushRecord,
    letter: Letter,
    isWanted: () => Promise<boolean>,
  ): Promise<PushOutcome> {
    for (let tried = 1; ; tried += 1) {
      if (waiting.length >= MAX_WAITING) return 'unreachable'
      const answer = await inTurn(() => post(to, letter))
      if (answer.name !== 'again') return answer.name
      if (tried >= tries) return answer.status === undefined ? 'unreachable' : 'refused'
      const pauseMs = firstPauseMs * PAUSE_GROWTH ** (tried - 1) * (1 + JITTER * random())
      await pause(Math.max(pauseMs, answer.afterMs ?? 0), undefined, { signal: closing.signal }).catch(() => {})
      if (closing.signal.aborted || !(await isWanted().catch(() => true))) return 'unreachable'
    }
  }

  return {
    send: (to, letter, isWanted) => tryTimes(TRIES, to, letter, isWanted),
    sendOnce: (to, letter) => tryTimes(1, to, letter, () => Promise.resolve(false)),
    close: () => closing.abort(),
  }
}
