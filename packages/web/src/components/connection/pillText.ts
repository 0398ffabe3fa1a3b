import type { ConnectionStatus } from '../../stores/connectionStore.ts'
import { pillTexts as texts } from '../../texts/connection.ts'

/** Slower than this is worth saying. */
const SLOW_MS = 400

export type PillText = {
  tone: 'done' | 'need' | 'fail' | 'idle'
  /** With seconds, for the eye; `short` on a phone. */
  text: string
  short: string
  /** Without seconds, for the ear. */
  label: string
  canRetry: boolean
}

/** How quickly the relay answers, as it was measured last. `back`: the connection had been lost, until just now. */
type Measured = { roundTripMs?: number | undefined; recentMs?: number | undefined; back?: boolean }

/** What the pill says of the connection. `now` is epoch milliseconds. Pure. */
export function pillText(status: ConnectionStatus, now: number, measured: Measured = {}): PillText {
  switch (status.name) {
    case 'live':
      return liveText(measured)
    case 'checking':
      return plain('idle', texts.checking)
    case 'catching-up':
      return plain('idle', texts.catchingUp)
    case 'connecting':
      return connectingText(status.attempt)
    case 'waiting':
      return waitingText(status, now)
    case 'offline':
      return { ...plain('need', texts.offline), canRetry: true }
    case 'signed-out':
      return plain('fail', texts.signedOut)
    case 'rejected':
      return plain('fail', status.code === 'UPGRADE_REQUIRED' ? texts.tooOld : texts.refused)
    default:
      return status satisfies never
  }
}

function connectingText(attempt: number): PillText {
  if (attempt === 1) return plain('idle', texts.connecting)
  const { text, label, short } = texts.again
  return { ...plain('need', { text: text(attempt), label: label(attempt) }), short: short(attempt) }
}

function waitingText({ attempt, until }: Extract<ConnectionStatus, { name: 'waiting' }>, now: number): PillText {
  if (until === null) return { ...plain('need', texts.away), canRetry: true }
  const seconds = Math.max(0, Math.ceil((until - now) / 1000))
  return {
    tone: 'need',
    text: texts.waiting.text(attempt, seconds),
    short: texts.waiting.short(attempt, seconds),
    label: texts.again.label(attempt),
    canRetry: true,
  }
}

/** One late answer says nothing; the middle one of the last few does. */
function liveText({ roundTripMs, recentMs, back = false }: Measured): PillText {
  if (recentMs !== undefined && recentMs > SLOW_MS) {
    const short = texts.roundTrip(Math.round(recentMs))
    return { ...plain('need', { text: texts.slow.text(short), label: texts.slow.label }), short }
  }
  if (back) return plain('done', texts.back)
  const text = roundTripMs === undefined ? texts.connected.text : texts.roundTrip(Math.max(1, Math.round(roundTripMs)))
  return { ...plain('done', { text, label: texts.connected.label }), short: '' }
}

function plain(tone: PillText['tone'], { text, label }: { text: string; label: string }): PillText {
  return { tone, text, short: text, label, canRetry: false }
}
