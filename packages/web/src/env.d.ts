/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** Where the relay is; empty: where the page came from. */
  readonly VITE_WS_URL?: string
  /** Milliseconds of the first reconnect wait; empty: the protocol's own. */
  readonly WS_RECONNECT_INTERVAL?: string
  /** Attempts before waiting for a person; 0 or empty: for ever. */
  readonly WS_MAX_RECONNECT_ATTEMPTS?: string
}
