import type SessionPage from './SessionPage.vue'

type Loaded = { default: typeof SessionPage }

let loading: Promise<Loaded> | undefined

/** A session's page, loaded once for all who ask: Safari gives a second one a file that is still being evaluated. */
export function loadSession(): Promise<Loaded> {
  return (loading ??= import('./SessionPage.vue').catch(forget))
}

/** Whoever asks again is answered anew. */
function forget(error: unknown): never {
  loading = undefined
  throw error
}
