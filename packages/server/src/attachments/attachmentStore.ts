import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  ATTACHMENT_HEAD_BYTES,
  FarhandError,
  MAX_ATTACHMENT_BYTES,
  attachmentSchema,
  safeName,
  whyNotTaken,
  type Attachment,
  type NewAttachment,
} from '@farhand/shared'

/** Attachments are kept so long after they came, used or not. */
export const ATTACHMENT_LIFE_MS = 30 * 24 * 60 * 60 * 1000
/** An upload that does not go on is given up. */
const UNFINISHED_LIFE_MS = 24 * 60 * 60 * 1000
/** All of them together. */
export const MAX_ATTACHMENTS_BYTES = 1024 * 1024 * 1024

/** Files that go with commands, beside the log: one for the bytes and one for what is known of them. */
export type AttachmentStore = {
  /** @throws FarhandError `TOO_LARGE`, `IDEMPOTENCY_CONFLICT`, `STORAGE_UNAVAILABLE` */
  begin(projectId: string, attachmentId: string, said: NewAttachment): Promise<Attachment>
  /**
   * Takes the bytes that begin at `offset`. What is there already is not written again; with the last byte the file is
   * looked at, and thrown away where it is not what it says.
   * @throws FarhandError `NOT_FOUND`, `BAD_REQUEST` (a hole, or more than was said), `UNSUPPORTED_FILE`
   */
  append(attachmentId: string, offset: number, chunk: Uint8Array): Promise<Attachment>
  /** One that is there as a whole. */
  complete(attachmentId: string): Attachment | undefined
  /** Where its bytes are. */
  path(attachmentId: string): string
  /** Removes what is too old. */
  sweep(): Promise<void>
}

/** @param maxBytes of all of them together */
export function openAttachmentStore(options: {
  dataDir: string
  clock: { now(): number }
  maxBytes?: number
}): AttachmentStore {
  const { clock, maxBytes = MAX_ATTACHMENTS_BYTES } = options
  const directory = join(options.dataDir, 'attachments')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const known = loadAll(directory)
  const turns = new Map<string, Promise<unknown>>()
  const path = (id: string): string => join(directory, `${id}.bin`)

  /** One after the other: two chunks at once would write over each other. */
  function inTurn<T>(id: string, act: () => Promise<T>): Promise<T> {
    const turn = (turns.get(id) ?? Promise.resolve()).then(act, act)
    const done: Promise<unknown> = turn
      .catch(() => {})
      .then(() => (turns.get(id) === done ? void turns.delete(id) : undefined))
    turns.set(id, done)
    return turn
  }

  async function forget(id: string): Promise<void> {
    known.delete(id)
    await rm(join(directory, `${id}.json`), { force: true })
    await rm(path(id), { force: true })
  }

  async function keep(attachment: Attachment): Promise<void> {
    await writeSafely(directory, `${attachment.attachmentId}.json`, JSON.stringify(attachment))
    known.set(attachment.attachmentId, attachment)
  }

  async function sweep(): Promise<void> {
    const now = clock.now()
    for (const attachment of [...known.values()].filter((each) => isOver(each, now)))
      await forget(attachment.attachmentId)
  }

  return {
    path,
    sweep,
    complete(id) {
      const found = known.get(id)
      return found !== undefined && found.received === found.bytes ? found : undefined
    },
    begin: (projectId, attachmentId, said) =>
      inTurn(attachmentId, async () => {
        if (said.bytes > MAX_ATTACHMENT_BYTES) {
          throw new FarhandError('TOO_LARGE', `A file has at most ${MAX_ATTACHMENT_BYTES} bytes.`)
        }
        const before = known.get(attachmentId)
        if (before !== undefined) return requireSame(before, projectId, said)
        await sweep()
        const held = [...known.values()].reduce((sum, { bytes }) => sum + bytes, 0)
        if (held + said.bytes > maxBytes) throw new FarhandError('STORAGE_UNAVAILABLE', NO_ROOM)
        const name = safeName(said.name)
        const attachment = { ...said, name, attachmentId, projectId, received: 0, createdAt: clock.now() }
        await writeFile(path(attachmentId), '', { mode: 0o600 })
        await keep(attachment)
        return attachment
      }),
    append: (id, offset, chunk) =>
      inTurn(id, async () => {
        const found = known.get(id)
        if (found === undefined) throw noAttachment()
        const fresh = freshPart(found, offset, chunk)
        if (fresh.length === 0) return found
        await writeAt(path(id), found.received, fresh)
        const next = { ...found, received: found.received + fresh.length }
        const problem = next.received === next.bytes ? await whyNot(next, path(id)) : undefined
        if (problem !== undefined) {
          await forget(id)
          throw new FarhandError('UNSUPPORTED_FILE', problem)
        }
        await keep(next)
        return next
      }),
  }
}

const NO_ROOM = 'There is no room for more attachments; those of 30 days ago are removed day by day.'

export function noAttachment(): FarhandError {
  return new FarhandError('NOT_FOUND', 'There is no such attachment.')
}

function isOver({ received, bytes, createdAt }: Attachment, now: number): boolean {
  return now - createdAt > (received === bytes ? ATTACHMENT_LIFE_MS : UNFINISHED_LIFE_MS)
}

function requireSame(before: Attachment, projectId: string, said: NewAttachment): Attachment {
  const same =
    before.projectId === projectId &&
    before.bytes === said.bytes &&
    before.sha256 === said.sha256 &&
    before.mediaType === said.mediaType &&
    before.name === safeName(said.name)
  if (!same) throw new FarhandError('IDEMPOTENCY_CONFLICT')
  return before
}

/** What of the chunk is not there yet; a chunk may come twice when its answer was lost. Pure. */
export function freshPart(
  { received, bytes }: Pick<Attachment, 'received' | 'bytes'>,
  offset: number,
  chunk: Uint8Array,
): Uint8Array {
  if (offset > received) throw new FarhandError('BAD_REQUEST', `Bytes are missing: go on from ${received}.`)
  if (offset + chunk.length > bytes) throw new FarhandError('BAD_REQUEST', 'There is more than was said.')
  return chunk.subarray(Math.min(chunk.length, received - offset))
}

async function writeAt(path: string, position: number, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.write(bytes, 0, bytes.length, position)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function whyNot(attachment: Attachment, path: string): Promise<string | undefined> {
  const content = await readFile(path)
  if (createHash('sha256').update(content).digest('hex') !== attachment.sha256) return 'It did not arrive whole.'
  return whyNotTaken(attachment, content.subarray(0, ATTACHMENT_HEAD_BYTES))
}

/** The old one or the new one, never half of one. */
async function writeSafely(directory: string, name: string, text: string): Promise<void> {
  const temporary = join(directory, `${name}.new`)
  await writeFile(temporary, text, { mode: 0o600, flush: true })
  await rename(temporary, join(directory, name))
}

/** What a crash left half done is not known, and its upload begins again. */
function loadAll(directory: string): Map<string, Attachment> {
  const known = new Map<string, Attachment>()
  for (const name of readdirSync(directory)) {
    if (!name.endsWith('.json')) continue
    const attachment = read(join(directory, name))
    if (attachment === undefined || name !== `${attachment.attachmentId}.json`) continue
    const size = statSync(join(directory, `${attachment.attachmentId}.bin`), { throwIfNoEntry: false })?.size ?? -1
    if (size >= attachment.received) known.set(attachment.attachmentId, attachment)
  }
  return known
}

function read(path: string): Attachment | undefined {
  try {
    return attachmentSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data
  } catch {
    return undefined // cut off or damaged: as if it had never come
  }
}
