import { RECONNECT_BASE_MS } from '@farhand/shared'

/** What was fixed when the page was built. A value that is not a number counts as left out. */
export type Settings = {
  /** Origin of the relay; empty: where the page came from. */
  relayUrl: string
  reconnectBaseMs: number
  /** 0: for ever. */
  maxAttempts: number
}

export function readSettings(env: ImportMetaEnv = import.meta.env): Settings {
  return {
    // The API is asked at the same place over HTTP, so a ws:// address is turned into its HTTP twin.
    relayUrl: (env.VITE_WS_URL ?? '').trim().replace(/^ws/, 'http').replace(/\/+$/, ''),
    reconnectBaseMs: positive(env.WS_RECONNECT_INTERVAL) ?? RECONNECT_BASE_MS,
    maxAttempts: positive(env.WS_MAX_RECONNECT_ATTEMPTS) ?? 0,
  }
}

function positive(value: string | undefined): number | undefined {
  const number = Number(value)
  return value !== undefined && Number.isFinite(number) && number > 0 ? number : undefined
}
