import { ATTACHMENT_CHUNK_BYTES, FarhandError, type NewAttachment } from '@farhand/shared'
import { z } from 'zod'
import { attachmentTexts as texts } from '../texts/attachments.ts'
import { asFarhandError, callRelay, post, readAnswer } from './api.ts'

/** What the relay is asked while a file goes up. */
export type UploadApi = {
  /** Says what will come. Said again, it answers how much of it is there. */
  begin(projectId: string, said: NewAttachment, signal: AbortSignal): Promise<Progress>
  put(attachmentId: string, offset: number, chunk: ArrayBuffer, signal: AbortSignal): Promise<Progress>
}
export type Progress = { received: number }

export type UploadParts = {
  api: UploadApi
  /** Resolves after the pause, or earlier where it makes sense to try again; rejects when it is aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void>
  random(): number
  onProgress(received: number): void
  /** The connection is gone: it is tried again until it is back. */
  onWaiting(): void
}

/** Small enough that a cut costs little and progress is seen; the relay takes up to ATTACHMENT_CHUNK_BYTES. */
const CHUNK_BYTES = ATTACHMENT_CHUNK_BYTES / 4
/** A slow line carries a chunk within this. */
const CHUNK_TIMEOUT_MS = 60_000
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 15_000
/** A relay that loses what was begun again and again is not asked for ever. */
const MOST_LOSSES = 3

/**
 * Brings a file to the relay, chunk by chunk, and goes on after each cut from where the relay has it. Rejects with the
 * relay's refusal where trying again is of no use, and when it is aborted.
 */
export async function upload(
  parts: UploadParts,
  file: Blob,
  projectId: string,
  said: NewAttachment & { attachmentId: string },
  signal: AbortSignal,
): Promise<void> {
  let losses = 0
  for (let failures = 0; ; failures += 1) {
    let begun = false
    try {
      let { received } = await parts.api.begin(projectId, said, signal)
      begun = true
      parts.onProgress(received)
      while (received < said.bytes) {
        const chunk = await readChunk(file, received)
        received = (await parts.api.put(said.attachmentId, received, chunk, signal)).received
        parts.onProgress(received)
        failures = 0
      }
      return
    } catch (error) {
      signal.throwIfAborted()
      const known = asFarhandError(error)
      if (begun && isLoss(known) && losses < MOST_LOSSES) losses += 1
      else if (!mayPass(known)) throw known
      parts.onWaiting()
      await parts.pause(known.retryAfterMs ?? pauseAfter(failures, parts.random()), signal)
    }
  }
}

/** A file on a disk may go while it is sent, and the browser tells that as if the line had been cut. */
async function readChunk(file: Blob, from: number): Promise<ArrayBuffer> {
  try {
    return await file.slice(from, from + CHUNK_BYTES).arrayBuffer()
  } catch (error) {
    throw new FarhandError('UNSUPPORTED_FILE', texts.gone, { cause: error })
  }
}

/** The line was cut, or the relay is busy. */
function mayPass({ code }: FarhandError): boolean {
  return code === 'INTERNAL' || code === 'STORAGE_BUSY' || code === 'RATE_LIMITED'
}

/** The relay has less of what was begun than it had said, and says where to go on when it is asked. */
function isLoss({ code }: FarhandError): boolean {
  return code === 'NOT_FOUND' || code === 'BAD_REQUEST'
}

function pauseAfter(failures: number, random: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS) * (0.8 + 0.4 * random)
}

const progressSchema = z.object({ received: z.int().nonnegative() })

export const relayUploads: UploadApi = {
  async begin(projectId, said, signal) {
    return progressSchema.parse(await post(`/api/projects/${projectId}/attachments`, said, signal))
  },
  async put(attachmentId, offset, chunk, signal) {
    const given = { body: chunk, type: 'application/octet-stream', timeoutMs: CHUNK_TIMEOUT_MS, signals: [signal] }
    const response = await callRelay('PUT', `/api/attachments/${attachmentId}?offset=${offset}`, given)
    return progressSchema.parse(await readAnswer(response))
  },
}

/** A pause that ends when the network comes back. */
export function pauseUnlessOnline(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer)
      window.removeEventListener('online', go)
      signal.removeEventListener('abort', stop)
    }
    const go = (): void => {
      end()
      resolve()
    }
    const stop = (): void => {
      end()
      reject(new DOMException('The upload was given up.', 'AbortError'))
    }
    const timer = setTimeout(go, ms)
    window.addEventListener('online', go)
    signal.addEventListener('abort', stop, { once: true })
  })
}
