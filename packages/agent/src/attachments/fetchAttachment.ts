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

export type FetchParts = { serverUrl: string; token: string; patienceMs?: number }

/** The relay may just be restarting. */
const PATIENCE_MS = 30_000
const RETRY_MS = 1_000
const ONE_TRY_MS = 20_000

/**
 * Gets a file from the relay, with this agent's own token, and does not believe what is said of it.
 * @throws FarhandError `NOT_FOUND`, `UNSUPPORTED_FILE`, `TOO_LARGE`, `TIMEOUT_TOTAL` where the relay can't be reached
 */
export async function fetchAttachment(parts: FetchParts, id: string): Promise<FetchedAttachment> {
  const deadline = performance.now() + (parts.patienceMs ?? PATIENCE_MS)
  for (;;) {
    const got = await tryOnce(parts, id)
    if (got !== undefined) return got
    if (performance.now() > deadline) {
      throw new FarhandError('TIMEOUT_TOTAL', 'An attachment could not be fetched from the relay in time.')
    }
    await sleep(RETRY_MS)
  }
}

/** `undefined`: it may go better later. */
async function tryOnce({ serverUrl, token }: FetchParts, id: string): Promise<FetchedAttachment | undefined> {
  let response: Response
  let content: Buffer
  try {
    response = await fetch(new URL(`/api/agent/attachments/${id}`, serverUrl), {
      headers: { authorization: `Bearer ${token}` },
      redirect: 'error',
      signal: AbortSignal.timeout(ONE_TRY_MS),
    })
    content = await readBounded(response)
  } catch (error) {
    if (error instanceof FarhandError) throw error
    return undefined // the way to the relay; the drain tells about it
  }
  if (response.status === 404)
    throw new FarhandError('NOT_FOUND', 'An attachment of the command is not there any more.')
  return response.status === 200 ? checked(id, response.headers, content) : undefined
}

async function readBounded(response: Response): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let size = 0
  const body = (response.body ?? []) as AsyncIterable<Uint8Array> | [] // a body is bytes, which its type leaves open
  for await (const part of body) {
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
