import { ATTACHMENT_HEAD_BYTES, MAX_ATTACHMENT_BYTES, MAX_ATTACHMENTS, sniff, whyNotTaken } from '@farhand/shared'
import { attachmentTexts as texts } from '../texts/attachments.ts'

/** A file as it will be told to the relay, or why it is not taken. */
export type Looked = { mediaType: string } | { refusal: string }

/** Looks at the beginning of a file by the rules that the relay and the agent look by. */
export async function lookAt(file: File): Promise<Looked> {
  const { name, size } = file
  const refusal = whyTooLarge({ name, bytes: size })
  if (refusal !== undefined) return { refusal }
  let head: Uint8Array
  try {
    head = new Uint8Array(await file.slice(0, ATTACHMENT_HEAD_BYTES).arrayBuffer())
  } catch {
    return { refusal: texts.unreadable(name) } // a directory, or gone since it was picked
  }
  const mediaType = mediaTypeOf(file.type, head)
  const lie = whyNotTaken({ name, mediaType }, head)
  return lie === undefined ? { mediaType } : { refusal: texts.notTaken(name, lie) }
}

/** Why no other file is taken. Pure. */
export function whyTooMany(name: string, present: number): string | undefined {
  return present >= MAX_ATTACHMENTS ? texts.tooMany(name, MAX_ATTACHMENTS) : undefined
}

/** Why a file is not taken before anybody looks into it. Pure. */
export function whyTooLarge({ name, bytes }: { name: string; bytes: number }): string | undefined {
  if (bytes > MAX_ATTACHMENT_BYTES) return texts.tooLarge(name, MAX_ATTACHMENT_BYTES)
  if (bytes === 0) return texts.empty(name)
  return undefined
}

const PLAIN = 'application/octet-stream'
const MEDIA_TYPE = /^[a-z]+\/[a-z0-9][a-z0-9.+-]*$/

/**
 * By what is in it, because browsers go by the name: they call TypeScript a video, and know no type at all for much source
 * code. Pure.
 */
export function mediaTypeOf(claimed: string, head: Uint8Array): string {
  const actual = sniff(head)
  if (actual !== undefined) return actual
  if (whyNotTaken({ name: '', mediaType: 'text/plain' }, head) === undefined) return 'text/plain'
  const says = claimed.toLowerCase()
  const trusted = MEDIA_TYPE.test(says) && !/^(?:image|text|video)\//.test(says) && says !== 'application/pdf'
  return trusted ? says : PLAIN
}

/** So much is hashed at a time: a few milliseconds, between which the page draws and takes keys. */
const HASH_SLICE_BYTES = 512 * 1024

/** In hexadecimal. Not by `crypto.subtle`, which is missing where the page comes over plain HTTP. */
export async function sha256Of(file: Blob, signal: AbortSignal): Promise<string> {
  const [{ sha256 }, { bytesToHex }] = await Promise.all([
    import('@noble/hashes/sha2.js'),
    import('@noble/hashes/utils.js'),
  ])
  const hash = sha256.create()
  for (let from = 0; from < file.size; from += HASH_SLICE_BYTES) {
    signal.throwIfAborted()
    hash.update(new Uint8Array(await file.slice(from, from + HASH_SLICE_BYTES).arrayBuffer()))
    await new Promise((next) => setTimeout(next)) // let the page breathe
  }
  return bytesToHex(hash.digest())
}
