import { buyTicket } from './api.ts'
import { steadyClock } from './clock.ts'
import { openDevice, type Device } from './device.ts'
import { openRelay, type Relay } from './relay.ts'
import { readSettings } from './settings.ts'
import { dial } from './websocket.ts'

/** What needs no page to begin with: the link to the relay, and what this device keeps. */
export type HeadStart = { relay: Relay; device: Promise<Device> }

let begun: HeadStart | undefined

/** The relay answers, and the database opens, while the page itself is still being loaded and made. */
export function beginEarly(begin: () => HeadStart = beginNow): void {
  begun ??= begin()
}

/** What was begun early, to one who asks: whoever comes later, as after signing in anew, gets a beginning of their own. */
export function takeHeadStart(begin: () => HeadStart = beginNow): HeadStart {
  const taken = begun ?? begin()
  begun = undefined
  return taken
}

function beginNow(): HeadStart {
  return { relay: openBrowserRelay(), device: openDevice() }
}

function openBrowserRelay(): Relay {
  const { relayUrl, reconnectBaseMs, maxAttempts } = readSettings()
  return openRelay({
    url: relayUrl,
    rules: { baseMs: reconnectBaseMs, maxAttempts },
    dial,
    buyTicket,
    clock: steadyClock,
    random: Math.random,
    isOnline: () => navigator.onLine,
    schedule(later, ms) {
      const timer = setTimeout(later, ms)
      return () => clearTimeout(timer)
    },
  })
}
