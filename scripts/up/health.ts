import { setTimeout as sleep } from 'node:timers/promises'

const ASK_EVERY_MS = 100
const ANSWER_TIMEOUT_MS = 2_000

/** Resolves when the server answers; rejects when it does not in time, or with the signal's reason. */
export async function waitForHealth(serverUrl: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const end = Date.now() + timeoutMs
  while (!(await isHealthy(serverUrl, signal))) {
    if (Date.now() > end)
      throw new Error(`The server did not answer at ${serverUrl}/healthz within ${timeoutMs / 1000} s.`)
    await sleep(ASK_EVERY_MS, undefined, { signal })
  }
}

async function isHealthy(serverUrl: string, signal: AbortSignal): Promise<boolean> {
  try {
    const answer = await fetch(`${serverUrl}/healthz`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
    })
    await answer.body?.cancel()
    return answer.ok
  } catch {
    signal.throwIfAborted()
    return false // not up yet
  }
}
