import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { PushSubscriptionKeys } from '@farhand/shared'
import webPush from 'web-push'
import { readStatus, type Answer } from './answer.ts'
import { endpointProblem, lookupPublic } from './endpoint.ts'
import type { PushKeys } from './keys.ts'
import type { Letter } from './message.ts'

/** Seals a letter for a browser and hands it to its push service. Never rejects. */
export type Post = (to: PushSubscriptionKeys, letter: Letter) => Promise<Answer>

const ANSWER_WITHIN_MS = 10_000
/** Nothing in an answer but its head is of interest; a connection that brings more is cut. */
const MAX_ANSWER_BYTES = 16 * 1024

/**
 * web-push seals the payload (RFC 8291) and proves who sends it (RFC 8292). The request itself is made here: its own follows
 * any address, and waits for an answer however long and large that becomes.
 */
export function createPost(options: {
  keys: PushKeys
  /** Whom a push service may turn to: `mailto:` or `https:`. */
  contact: string
  /** Also to plain http and to this machine, for tests. */
  open: boolean
  clock: { now(): number }
}): Post {
  const { keys, contact, open, clock } = options

  return async (to, { message, ttlSeconds, urgency, topic }) => {
    if (endpointProblem(to.endpoint, open) !== undefined) return { name: 'refused' }
    const sealed = seal(to, JSON.stringify(message), {
      vapidDetails: { subject: contact, ...keys },
      contentEncoding: 'aes128gcm',
      TTL: ttlSeconds,
      urgency,
      topic,
    })
    if (sealed === undefined) return { name: 'refused' }
    try {
      const { status, retryAfter } = await send(new URL(to.endpoint), sealed, open)
      return readStatus(status, retryAfter, clock.now())
    } catch {
      return { name: 'again', afterMs: undefined } // no way there, or no answer in time
    }
  }
}

type Sealed = { headers: Record<string, string>; body: Buffer }

/** Undefined for keys that nothing can be sealed with. */
function seal(to: PushSubscriptionKeys, text: string, options: webPush.RequestOptions): Sealed | undefined {
  try {
    return webPush.generateRequestDetails(to, text, options)
  } catch {
    return undefined
  }
}

function send(
  url: URL,
  { headers, body }: Sealed,
  open: boolean,
): Promise<{ status: number; retryAfter: string | undefined }> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers, signal, ...(open ? {} : { lookup: lookupPublic }) }
    const asked = request(url, options, (response) => {
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > MAX_ANSWER_BYTES) response.destroy()
      })
      response.on('error', () => {}) // its head has said all
      resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] })
    })
    asked.on('error', reject)
    asked.end(body)
  })
}
