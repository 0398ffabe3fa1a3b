import type { ConnectionStatus } from '../../stores/connectionStore.ts'

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

/** What the pill says of the connection. `now` is epoch milliseconds. */
export function pillText(status: ConnectionStatus, now: number, roundTripMs?: number): PillText {
  switch (status.name) {
    case 'live':
      return liveText(roundTripMs)
    case 'checking':
      return plain('idle', 'Checking…', 'Connection: checking')
    case 'catching-up':
      return plain('idle', 'Catching up', 'Connection: catching up')
    case 'connecting':
      return status.attempt === 1
        ? plain('idle', 'Connecting…', 'Connection: connecting')
        : {
            ...plain('need', `Connecting… (try ${status.attempt})`, `Connection: reconnecting, try ${status.attempt}`),
            short: `#${status.attempt}`,
          }
    case 'waiting':
      return waitingText(status, now)
    case 'offline':
      return { ...plain('need', 'Offline', 'Connection: you are offline'), canRetry: true }
    case 'signed-out':
      return plain('fail', 'Sign in again', 'Connection: signed out')
    case 'rejected':
      return status.code === 'UPGRADE_REQUIRED'
        ? plain('fail', 'Reload to update', 'Connection: this page is too old for the relay')
        : plain('fail', 'Refused', 'Connection: refused')
    default:
      return status satisfies never
  }
}

function waitingText(status: Extract<ConnectionStatus, { name: 'waiting' }>, now: number): PillText {
  const label = `Connection: reconnecting, try ${status.attempt}`
  if (status.until === null) return { ...plain('need', 'Not connected', 'Connection: not connected'), canRetry: true }
  const seconds = Math.max(0, Math.ceil((status.until - now) / 1000))
  return {
    tone: 'need',
    text: `Reconnecting · try ${status.attempt} in ${seconds} s`,
    short: `#${status.attempt} · ${seconds} s`,
    label,
    canRetry: true,
  }
}

function liveText(roundTripMs: number | undefined): PillText {
  const slow = roundTripMs !== undefined && roundTripMs > SLOW_MS
  const rtt = roundTripMs === undefined ? 'Connected' : `${Math.max(1, Math.round(roundTripMs))} ms`
  return {
    tone: slow ? 'need' : 'done',
    text: slow ? `Slow · ${rtt}` : rtt,
    short: slow ? rtt : '',
    label: slow ? 'Connection: connected, slow' : 'Connection: connected',
    canRetry: false,
  }
}

function plain(tone: PillText['tone'], text: string, label: string): PillText {
  return { tone, text, short: text, label, canRetry: false }
}
