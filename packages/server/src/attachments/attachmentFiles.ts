import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { open, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FarhandError, attachmentSchema, type Attachment } from '@farhand/shared'

/**
 * The two files of each attachment: its bytes, and what is known of it. Relays of one log may share the directory, so what
 * is there is asked of the disk, and nothing is done that would undo what another one does at the same time.
 */
export type AttachmentFiles = {
  /** Where its bytes are. */
  path(attachmentId: string): string
  /** As it now stands; undefined where it is not there, or not as far as it says. */
  read(attachmentId: string): Promise<Attachment | undefined>
  /** All that are there. */
  list(): Promise<Attachment[]>
  create(attachment: Attachment): Promise<void>
  /** Brings bytes to the disk from `position` on; they count once they were noted. */
  write(attachmentId: string, position: number, bytes: Uint8Array): Promise<void>
  /** Answers what is known then: another one may have got further. */
  note(attachment: Attachment): Promise<Attachment>
  remove(attachmentId: string): Promise<void>
  /** Removes what a crash left half done. */
  tidy(now: number): Promise<void>
}

/** What lies around for so long is not being written any more, also where clocks differ. */
const LEFT_AFTER_MS = 24 * 60 * 60 * 1000

export function openAttachmentFiles(directory: string): AttachmentFiles {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const path = (id: string): string => join(directory, `${id}.bin`)
  /** Those that are there as a whole change no more. */
  const whole = new Map<string, Attachment>()

  async function read(id: string): Promise<Attachment | undefined> {
    const attachment = await parse(join(directory, `${id}.json`))
    if (attachment?.attachmentId !== id) return undefined
    const size = (await stat(path(id)).catch(() => undefined))?.size ?? -1
    return size >= attachment.received ? attachment : undefined
  }

  async function list(): Promise<Attachment[]> {
    const ids = (await readdir(directory)).flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -5)] : []))
    const found: Attachment[] = []
    for (const id of ids) {
      const attachment = whole.get(id) ?? (await read(id))
      if (attachment !== undefined) found.push(attachment)
    }
    whole.clear()
    for (const each of found) if (each.received === each.bytes) whole.set(each.attachmentId, each)
    return found
  }

  async function note(attachment: Attachment): Promise<Attachment> {
    const before = await read(attachment.attachmentId)
    if (before !== undefined && before.received > attachment.received) return before
    await writeSafely(directory, `${attachment.attachmentId}.json`, JSON.stringify(attachment))
    return attachment
  }

  return {
    path,
    read,
    list,
    note,
    create: async (attachment) => {
      // Never emptied: the same upload may have begun elsewhere a moment ago.
      await writeFile(path(attachment.attachmentId), '', { mode: 0o600, flag: 'a' })
      await note(attachment)
    },
    write: (id, position, bytes) => writeAt(path(id), position, bytes),
    remove: async (id) => {
      await rm(join(directory, `${id}.json`), { force: true })
      await rm(path(id), { force: true })
    },
    tidy: async (now) => {
      const there = new Set((await list()).map(({ attachmentId }) => attachmentId))
      for (const name of await readdir(directory)) {
        const [, id, ending] = OWN_FILE.exec(name) ?? []
        if (id === undefined || (there.has(id) && ending !== 'new')) continue
        const writtenAt = (await stat(join(directory, name)).catch(() => undefined))?.mtimeMs ?? now
        if (now - writtenAt > LEFT_AFTER_MS) await rm(join(directory, name), { force: true })
      }
    },
  }
}

/** Nothing else that somebody put there is touched. */
const OWN_FILE = /^([0-9a-f-]{36})\.(?:bin|json|json\.(?:[0-9a-f-]+\.)?(new))$/i

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
  const temporary = join(directory, `${name}.${randomUUID()}.new`)
  await writeFile(temporary, text, { mode: 0o600, flush: true })
  await rename(temporary, join(directory, name))
  await syncNames(directory)
}

/** Until then a power loss may give the older name back, of what was acknowledged. Windows knows no such thing. */
async function syncNames(directory: string): Promise<void> {
  if (process.platform === 'win32') return
  const names = await open(directory, 'r')
  try {
    await names.sync()
  } catch (error) {
    // Some network file systems refuse it, and see to their names themselves.
    if (!(error instanceof Error && 'code' in error && REFUSALS.includes(String(error.code)))) throw error
  } finally {
    await names.close()
  }
}

const REFUSALS = ['EINVAL', 'ENOTSUP']

async function parse(path: string): Promise<Attachment | undefined> {
  try {
    return attachmentSchema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data
  } catch {
    return undefined // not there, cut off or damaged: as if it had never come
  }
}
