import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  ATTACHMENT_HEAD_BYTES,
  FarhandError,
  MAX_ATTACHMENT_BYTES,
  newAttachmentSchema,
  safeName,
  whyNotTaken,
  type NewAttachment,
} from '@farhand/shared'

/** A file that came with a command, looked at once more. */
export type FetchedAttachment = Pick<NewAttachment, 'name' | 'mediaType' | 'bytes'> & { id: string; content: Buffer }

export type FetchParts = { serverUrl: string; token: string; patienceMs?: number; silenceMs?: number }

/** The relay may just be restarting; what comes in meanwhile shows that it is worth the wait. */
const PATIENCE_MS = 30_000
const RETRY_MS = 1_000
/** A line may be slow, but not silent. */
const SILENCE_MS = 20_000

/**
 * Gets a file from the relay, with this agent's own token, and does not believe what is said of it.
 * @throws FarhandError `NOT_FOUND`, `UNSUPPORTED_FILE`, `TOO_LARGE`, `UNAUTHENTICATED` or `FORBIDDEN` where the relay refuses,
 * `TIMEOUT_TOTAL` where it can't be reached, `CANCELLED` by the signal
 */
export async function fetchAttachment(parts: FetchParts, id: string, signal: AbortSignal): Promise<FetchedAttachment> {
  let heardAt = performance.now()
  const heard = (): void => void (heardAt = performance.now())
  for (;;) {
    const got = await tryOnce(parts, id, { signal, heard })
    if (signal.aborted) throw new FarhandError('CANCELLED')
    if (got !== undefined) return got
    if (performance.now() - heardAt > (parts.patienceMs ?? PATIENCE_MS)) {
      throw new FarhandError('TIMEOUT_TOTAL', 'An attachment could not be fetched from the relay in time.')
    }
    await sleep(RETRY_MS, undefined, { signal }).catch(() => {}) // the loop sees why
  }
}

type Trial = { signal: AbortSignal; heard(): void }

/** `undefined`: it may go better later. */
async function tryOnce(
  { serverUrl, token, silenceMs = SILENCE_MS }: FetchParts,
  id: string,
  { signal, heard }: Trial,
): Promise<FetchedAttachment | undefined> {
  const silent = new AbortController()
  const timer = setTimeout(() => silent.abort(), silenceMs)
  const sign = (): void => {
    timer.refresh()
    heard()
  }
  let response: Response
  let content: Buffer
  try {
    response = await fetch(new URL(`/api/agent/attachments/${id}`, serverUrl), {
      headers: { authorization: `Bearer ${token}` },
      redirect: 'error',
      signal: AbortSignal.any([signal, silent.signal]),
    })
    // A refusal has a body too, and is no sign that it is worth the wait.
    content = await readBounded(response, response.ok ? sign : () => {})
  } catch (error) {
    if (error instanceof FarhandError) throw error
    return undefined // the way to the relay; the drain tells about it
  } finally {
    clearTimeout(timer)
  }
  const refusal = REFUSALS.get(response.status)
  if (refusal !== undefined) throw refusal()
  return response.status === 200 ? checked(id, response.headers, content) : undefined
}

/** What no later try can change. */
const REFUSALS = new Map([
  [401, () => new FarhandError('UNAUTHENTICATED', "The relay does not take this agent's token for an attachment.")],
  [403, () => new FarhandError('FORBIDDEN', 'The relay does not let this agent have an attachment of the command.')],
  [404, () => new FarhandError('NOT_FOUND', 'An attachment of the command is not there any more.')],
])

async function readBounded(response: Response, sign: () => void): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let size = 0
  const body = (response.body ?? []) as AsyncIterable<Uint8Array> | [] // a body is bytes, which its type leaves open
  for await (const part of body) {
    sign()
    size += part.length
    if (size > MAX_ATTACHMENT_BYTES) throw new FarhandError('TOO_LARGE', 'An attachment is larger than files may be.')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

const saidSchema = newAttachmentSchema.omit({ attachmentId: true })

function checked(id: string, headers: Headers, content: Buffer): FetchedAttachment {
  const said = saidSchema.safeParse(readHeader(headers.get('x-farhand-attachment') ?? '')).data
  if (said === undefined) throw new FarhandError('UNSUPPORTED_FILE', 'The relay did not say what an attachment is.')
  const name = safeName(said.name)
  const { mediaType, bytes, sha256 } = said
  const whole = content.length === bytes && createHash('sha256').update(content).digest('hex') === sha256
  const problem = whole
    ? whyNotTaken({ name, mediaType }, content.subarray(0, ATTACHMENT_HEAD_BYTES))
    : 'It did not arrive whole.'
  if (problem !== undefined) throw new FarhandError('UNSUPPORTED_FILE', `${name}: ${problem}`)
  return { id, name, mediaType, bytes, content }
}

function readHeader(text: string): unknown {
  try {
    return JSON.parse(decodeURIComponent(text))
  } catch {
    return undefined // the schema refuses it in words
  }
}
