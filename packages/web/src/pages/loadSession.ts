type SessionPage = typeof import('./SessionPage.vue')

let loading: Promise<SessionPage> | undefined

/** A session's page, loaded once for all who ask: Safari gives a second one a file that is still being evaluated. */
export function loadSession(): Promise<SessionPage> {
  return (loading ??= import('./SessionPage.vue').catch(forget))
}

/** Whoever asks again is answered anew. */
function forget(error: unknown): never {
  loading = undefined
  throw error
}
