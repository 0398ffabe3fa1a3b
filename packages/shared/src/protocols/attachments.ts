import { z } from 'zod'
import { idSchema, timeSchema } from '../types/messages.ts'

/**
 * Files that go with a command. Uploaded to the relay in chunks over HTTP, named in the command by their ids, fetched by the
 * agent. Both ends look at the file by these same rules: what it says of itself has to be what it is.
 */

const MIB = 1024 * 1024

/** Of one file. How many go with one command says MAX_ATTACHMENTS. */
export const MAX_ATTACHMENT_BYTES = 10 * MIB
/** The most of a file that one request carries. */
export const ATTACHMENT_CHUNK_BYTES = MIB
/** So much of a file's beginning tells what it is. */
export const ATTACHMENT_HEAD_BYTES = 64 * 1024

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/)

export const newAttachmentSchema = z.object({
  /** Made by the sender, so that a repeat is recognised. */
  attachmentId: idSchema.optional(),
  name: z.string().min(1).max(500),
  mediaType: z
    .string()
    .max(100)
    .regex(/^[a-z]+\/[a-z0-9][a-z0-9.+-]*$/),
  bytes: z.int().positive(),
  sha256: sha256Schema,
})
export type NewAttachment = z.infer<typeof newAttachmentSchema>

export const attachmentSchema = newAttachmentSchema.extend({
  attachmentId: idSchema,
  projectId: idSchema,
  /** How much of it the relay holds. */
  received: z.int().nonnegative(),
  createdAt: timeSchema,
})
export type Attachment = z.infer<typeof attachmentSchema>

/** What people are told of a file that goes with a command. */
export const attachedFileSchema = newAttachmentSchema
  .pick({ name: true, mediaType: true, bytes: true })
  .extend({ id: idSchema })
export type AttachedFile = z.infer<typeof attachedFileSchema>

/** Images that Claude is shown as such; everything else is given as a file. */
export const SHOWN_IMAGES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const
export type ShownImage = (typeof SHOWN_IMAGES)[number]

export function isShownImage(mediaType: string): mediaType is ShownImage {
  return (SHOWN_IMAGES as readonly string[]).includes(mediaType)
}

const EXTENSIONS: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  pdf: 'application/pdf',
}

const MAX_NAME_LENGTH = 100
/** Of controls (Cc), of what is not seen or turns the direction of reading round (Cf), and of paths. */
const UNSAFE = /[\p{Cc}\p{Cf}\u2028\u2029<>:"/\\|?*]/gu

/** A name that is safe on every machine: the last part of a path, without what hides or misleads. Pure. */
export function safeName(name: string): string {
  const last = name.split(/[/\\]/).findLast((part) => part !== '') ?? ''
  const clean = last.toWellFormed().normalize('NFC').replaceAll(UNSAFE, '').replaceAll(/\s+/g, ' ').trim()
  const bare = clean.replace(/^[.\s-]+/, '').replace(/[.\s]+$/, '')
  const extension = /\.[A-Za-z0-9]{1,10}$/.exec(bare)?.[0] ?? ''
  const letters = [...bare.slice(0, bare.length - extension.length)]
  const kept = letters.slice(0, MAX_NAME_LENGTH - extension.length).join('')
  return kept === '' ? `file${extension}` : `${kept}${extension}`
}

/**
 * Why a file is not taken: it is not what its type or its name says. `undefined` where it is. Pure.
 * @param head its first ATTACHMENT_HEAD_BYTES, or all of it
 */
export function whyNotTaken(file: Pick<NewAttachment, 'name' | 'mediaType'>, head: Uint8Array): string | undefined {
  const { name, mediaType } = file
  const actual = sniff(head)
  const named = EXTENSIONS[/\.([A-Za-z0-9]+)$/.exec(name)?.[1]?.toLowerCase() ?? '']
  if (mediaType !== actual && (isKnown(mediaType) || mediaType.startsWith('image/'))) {
    return `It says that it is ${mediaType}, and it is not.`
  }
  if (named !== undefined && named !== actual) return `Its name says that it is ${named}, and it is not.`
  if (mediaType.startsWith('text/') && !isText(head)) return 'It says that it is text, and it is not.'
  return undefined
}

function isKnown(mediaType: string): boolean {
  return Object.values(EXTENSIONS).includes(mediaType)
}

/** What a file is by its first bytes, as far as that matters here. */
export function sniff(head: Uint8Array): string | undefined {
  const ascii = (from: number, to: number): string => String.fromCharCode(...head.slice(from, to))
  if (ascii(0, 8) === '\u0089PNG\r\n\u001a\n') return 'image/png'
  if (ascii(0, 3) === '\u00ff\u00d8\u00ff') return 'image/jpeg'
  if (['GIF87a', 'GIF89a'].includes(ascii(0, 6))) return 'image/gif'
  if (ascii(0, 4) === 'RIFF' && ascii(8, 12) === 'WEBP') return 'image/webp'
  if (ascii(0, 5) === '%PDF-') return 'application/pdf'
  return undefined
}

/** UTF-8 without NUL. A character may be cut by the end of the head. */
function isText(head: Uint8Array): boolean {
  let following = 0
  for (const byte of head) {
    const continues = (byte & 0b1100_0000) === 0b1000_0000
    if (byte === 0 || continues !== following > 0) return false
    if (continues) following -= 1
    else if (byte >= 0b1111_1000 || byte === 0xc0 || byte === 0xc1) return false
    else following = byte >= 0b1111_0000 ? 3 : byte >= 0b1110_0000 ? 2 : byte >= 0b1100_0000 ? 1 : 0
  }
  return true
}
