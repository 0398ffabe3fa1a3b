import { RECONNECT_BASE_MS } from '@farhand/shared'

/** What was fixed when the page was built. A value that is no number, or no address, counts as left out. */
export type Settings = {
  /** Origin of the relay; empty: where the page came from. */
  relayUrl: string
  reconnectBaseMs: number
  /** 0: for ever. */
  maxAttempts: number
}

export function readSettings(env: ImportMetaEnv = import.meta.env): Settings {
  return {
    relayUrl: addressOf(env.VITE_WS_URL ?? ''),
    reconnectBaseMs: positive(env.WS_RECONNECT_INTERVAL) ?? RECONNECT_BASE_MS,
    maxAttempts: positive(env.WS_MAX_RECONNECT_ATTEMPTS) ?? 0,
  }
}

/** The API is asked at the same place over HTTP, so a ws:// address is turned into its HTTP twin. */
function addressOf(value: string): string {
  const address = value
    .trim()
    .replace(/^ws(?=s?:)/, 'http')
    .replace(/\/+$/, '')
  if (address === '' || (URL.canParse(address) && /^https?:/.test(address))) return address
  if (!warned) console.warn(`VITE_WS_URL is left out, because it is no address with ws:// or http://: ${address}`)
  warned = true
  return ''
}

/** The settings are read often. */
let warned = false

function positive(value: string | undefined): number | undefined {
  const number = Number(value)
  return value !== undefined && Number.isFinite(number) && number > 0 ? number : undefined
}
