import type { Quality } from '@farhand/shared'

/** What the pill says: `text` for the eye, with seconds; `label` for the ear, without. */
export const pillTexts = {
  checking: { text: 'Checking…', label: 'Connection: checking' },
  catchingUp: { text: 'Catching up', label: 'Connection: catching up' },
  connecting: { text: 'Connecting…', label: 'Connection: connecting' },
  again: {
    text: (attempt: number) => `Connecting… (try ${attempt})`,
    short: (attempt: number) => `#${attempt}`,
    label: (attempt: number) => `Connection: reconnecting, try ${attempt}`,
  },
  waiting: {
    text: (attempt: number, seconds: number) => `Reconnecting · try ${attempt} in ${seconds} s`,
    short: (attempt: number, seconds: number) => `#${attempt} · ${seconds} s`,
  },
  away: { text: 'Not connected', label: 'Connection: not connected' },
  offline: { text: 'Offline', label: 'Connection: you are offline' },
  signedOut: { text: 'Sign in again', label: 'Connection: signed out' },
  tooOld: { text: 'Reload to update', label: 'Connection: this page is too old for the relay' },
  refused: { text: 'Refused', label: 'Connection: refused' },
  back: { text: 'Back online', label: 'Connection: connected' },
  connected: { text: 'Connected', label: 'Connection: connected' },
  slow: { text: (time: string) => `Slow · ${time}`, label: 'Connection: connected, slow' },
  roundTrip: (ms: number) => `${ms} ms`,
  open: (label: string) => `${label}. Open details`,
  retry: 'Retry now',
} as const

/** What the details of the connection say. */
export const connectionTexts = {
  label: 'Connection details',
  relay: 'Relay',
  roundTrip: 'Round trip',
  roundTripOf: (ms: number, usual: number) => `${ms} ms, usually ${usual} ms`,
  updates: 'Updates',
  quality: {
    every: 'as they come',
    gathered: 'four a second, to save data',
    records: 'only what is finished',
  } satisfies Record<Quality, string>,
  lastHeard: 'Last heard',
  lastHeardOf: (time: string, ago: string) => `${time} · ${ago} ago`,
  connectedFor: 'Connected for',
  lostFor: 'Not connected for',
  signedInAs: 'Signed in as',
  longLost: (relay: string) => `Still trying. Check that ${relay} can be reached from here.`,
  notDurable: 'This browser does not keep unsent messages after closing.',
  insecure: (missing: string) =>
    `This page came over plain HTTP: what is sent is not encrypted, and these are missing: ${missing}.`,
  reload: 'Reload',
  copy: 'Copy for a report',
  copied: 'Copied.',
} as const
