import { mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { open, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FarhandError, attachmentSchema, type Attachment } from '@farhand/shared'

/** The two files of each attachment: its bytes, and what is known of it. */
export type AttachmentFiles = {
  /** Where its bytes are. */
  path(attachmentId: string): string
  create(attachment: Attachment): Promise<void>
  /** Brings bytes to the disk from `position` on; they count once they were noted. */
  write(attachmentId: string, position: number, bytes: Uint8Array): Promise<void>
  note(attachment: Attachment): Promise<void>
  remove(attachmentId: string): Promise<void>
}

/** With what is there as known; what a crash left half done goes, and its upload begins again. */
export function openAttachmentFiles(directory: string): { files: AttachmentFiles; found: Attachment[] } {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const path = (id: string): string => join(directory, `${id}.bin`)
  const note = async (attachment: Attachment): Promise<void> => {
    await writeSafely(directory, `${attachment.attachmentId}.json`, JSON.stringify(attachment))
  }
  const files: AttachmentFiles = {
    path,
    create: async (attachment) => {
      await writeFile(path(attachment.attachmentId), '', { mode: 0o600 })
      await note(attachment)
    },
    write: (id, position, bytes) => writeAt(path(id), position, bytes),
    note,
    remove: async (id) => {
      await rm(join(directory, `${id}.json`), { force: true })
      await rm(path(id), { force: true })
    },
  }
  return { files, found: loadAll(directory) }
}

/** What the file system refuses leaves as a code: the disk is full, read-only, failing, or somebody removed a file. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error
    throw new FarhandError('STORAGE_UNAVAILABLE', undefined, { cause: error })
  }
}

async function writeAt(path: string, position: number, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'r+')
  try {
    for (let done = 0; done < bytes.length;) {
      done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten
    }
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The old one or the new one, never half of one. */
async function writeSafely(directory: string, name: string, text: string): Promise<void> {
  const temporary = join(directory, `${name}.new`)
  await writeFile(temporary, text, { mode: 0o600, flush: true })
  await rename(temporary, join(directory, name))
}

function loadAll(directory: string): Attachment[] {
  const found = new Map<string, Attachment>()
  const names = readdirSync(directory)
  for (const name of names) {
    const attachment = name.endsWith('.json') ? read(join(directory, name)) : undefined
    if (attachment === undefined || name !== `${attachment.attachmentId}.json`) continue
    const size = statSync(join(directory, `${attachment.attachmentId}.bin`), { throwIfNoEntry: false })?.size ?? -1
    if (size >= attachment.received) found.set(attachment.attachmentId, attachment)
  }
  for (const name of names) {
    const [, id, ending] = OWN_FILE.exec(name) ?? []
    if (id !== undefined && (ending === 'json.new' || !found.has(id))) rmSync(join(directory, name), { force: true })
  }
  return [...found.values()]
}

/** Nothing else that somebody put there is touched. */
const OWN_FILE = /^([0-9a-f-]{36})\.(bin|json|json\.new)$/

function read(path: string): Attachment | undefined {
  try {
    return attachmentSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data
  } catch {
    return undefined // cut off or damaged: as if it had never come
  }
}
