import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import {
  ATTACHMENT_HEAD_BYTES,
  FarhandError,
  MAX_ATTACHMENT_BYTES,
  safeName,
  whyNotTaken,
  type Attachment,
  type NewAttachment,
} from '@farhand/shared'
import { guarded, openAttachmentFiles } from './attachmentFiles.ts'

/** Attachments are kept so long after they came, used or not. */
export const ATTACHMENT_LIFE_MS = 30 * 24 * 60 * 60 * 1000
/** An upload that does not go on is given up. */
const UNFINISHED_LIFE_MS = 24 * 60 * 60 * 1000
/** All of them together. */
export const MAX_ATTACHMENTS_BYTES = 1024 * 1024 * 1024

/**
 * Files that go with commands, beside the log: one for the bytes and one for what is known of them. Relays of one log share
 * the directory; each answers what is on the disk.
 */
export type AttachmentStore = {
  /** @throws FarhandError `TOO_LARGE`, `IDEMPOTENCY_CONFLICT`, `STORAGE_UNAVAILABLE` */
  begin(projectId: string, attachmentId: string, said: NewAttachment): Promise<Attachment>
  /**
   * Takes the bytes that begin at `offset`. What is there already is not written again; with the last byte the file is
   * looked at, and thrown away where it is not what it says.
   * @throws FarhandError `NOT_FOUND`, `BAD_REQUEST` (a hole, or more than was said), `UNSUPPORTED_FILE`,
   * `STORAGE_UNAVAILABLE`
   */
  append(attachmentId: string, offset: number, chunk: Uint8Array): Promise<Attachment>
  /** However much of it is there. */
  find(attachmentId: string): Promise<Attachment | undefined>
  /** One that is there as a whole. */
  complete(attachmentId: string): Promise<Attachment | undefined>
  /** Where its bytes are. */
  path(attachmentId: string): string
  /** It is served no more, and its files go; nothing to do where there is none. */
  forget(attachmentId: string): Promise<void>
  /** Removes what is too old, and what was left half done. */
  sweep(): Promise<void>
}

/** @param maxBytes of all of them together */
export function openAttachmentStore(options: {
  directory: string
  clock: { now(): number }
  maxBytes?: number
}): AttachmentStore {
  const { clock, maxBytes = MAX_ATTACHMENTS_BYTES } = options
  const files = openAttachmentFiles(options.directory)
  const inTurn = createTurns()
  /** Those of this process that get their files just now. */
  const coming = new Set<Attachment>()

  async function sweep(): Promise<void> {
    for (const { attachmentId } of (await files.list()).filter(isOld)) {
      await inTurn(attachmentId, async () => {
        if (isOld(await files.read(attachmentId))) await files.remove(attachmentId) // it may have gone on, or gone, meanwhile
      })
    }
  }

  const isOld = (each: Attachment | undefined): boolean => each !== undefined && isOver(each, clock.now())

  /** Its bytes are taken from what there is room for before anything is waited for; other relays see them with its files. */
  async function create(attachment: Attachment): Promise<void> {
    const before = [...coming]
    coming.add(attachment)
    try {
      const others = new Map([...before, ...(await files.list())].map((each) => [each.attachmentId, each.bytes]))
      const held = [...others.values()].reduce((sum, bytes) => sum + bytes, 0)
      if (held + attachment.bytes > maxBytes) throw new FarhandError('STORAGE_UNAVAILABLE', NO_ROOM)
      await files.create(attachment)
    } finally {
      coming.delete(attachment)
    }
  }

  return {
    path: files.path,
    find: files.read,
    sweep: async () => {
      await sweep()
      await files.tidy(clock.now())
    },
    forget: (id) => inTurn(id, () => files.remove(id)),
    complete: async (id) => {
      const found = await files.read(id)
      return found !== undefined && found.received === found.bytes ? found : undefined
    },
    begin: (projectId, attachmentId, said) =>
      inTurn(attachmentId, async () => {
        if (said.bytes > MAX_ATTACHMENT_BYTES) {
          throw new FarhandError('TOO_LARGE', `A file has at most ${MAX_ATTACHMENT_BYTES} bytes.`)
        }
        const before = await files.read(attachmentId)
        if (before !== undefined) return requireSame(before, projectId, said)
        await sweep()
        const name = safeName(said.name)
        const attachment = { ...said, name, attachmentId, projectId, received: 0, createdAt: clock.now() }
        await create(attachment)
        return attachment
      }),
    append: (id, offset, chunk) =>
      inTurn(id, async () => {
        const found = await files.read(id)
        if (found === undefined) throw noAttachment()
        const fresh = freshPart(found, offset, chunk)
        if (fresh.length === 0) return found
        await files.write(id, found.received, fresh)
        const next = { ...found, received: found.received + fresh.length }
        const problem = next.received === next.bytes ? await whyNot(next, files.path(id)) : undefined
        if (problem !== undefined) {
          await files.remove(id)
          throw new FarhandError('UNSUPPORTED_FILE', problem)
        }
        return await files.note(next)
      }),
  }
}

/** One after the other for each attachment: two chunks at once would write over each other. */
function createTurns(): <T>(id: string, act: () => Promise<T>) => Promise<T> {
  const turns = new Map<string, Promise<unknown>>()
  return (id, act) => {
    const begin = () => guarded(act)
    const turn = (turns.get(id) ?? Promise.resolve()).then(begin, begin)
    const done: Promise<unknown> = turn
      .catch(() => {})
      .then(() => (turns.get(id) === done ? void turns.delete(id) : undefined))
    turns.set(id, done)
    return turn
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

async function whyNot(attachment: Attachment, path: string): Promise<string | undefined> {
  const content = await readFile(path)
  if (createHash('sha256').update(content).digest('hex') !== attachment.sha256) return 'It did not arrive whole.'
  return whyNotTaken(attachment, content.subarray(0, ATTACHMENT_HEAD_BYTES))
}
