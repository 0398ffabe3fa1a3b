import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isShownImage } from '@farhand/shared'
import { fetchAttachment, type FetchParts } from './fetchAttachment.ts'
import type { Attached } from './promptContent.ts'

/** What came with a session's commands, in a directory of the agent's own: nothing is put into the project. */
export type Attachments = {
  /** Ready to be handed over with the prompt. @throws FarhandError as `fetchAttachment` says */
  take(sessionId: string, ids: readonly string[]): Promise<Attached[]>
  /** Where Claude may read without asking; nowhere while nothing came. */
  directories(sessionId: string): string[]
  forget(sessionId: string): Promise<void>
  /** Removes what no command has come with for long. */
  sweep(): Promise<void>
}

/** As long as the relay keeps them. */
const LIFE_MS = 30 * 24 * 60 * 60 * 1000
/** What the model takes as an image; a larger one is a file, which Claude's own tools can make smaller. */
const MAX_SHOWN_BYTES = 3.5 * 1024 * 1024
/** Two files of one name do not meet. */
const ID_LETTERS = 8

export function createAttachments(parts: FetchParts & { dir: string; clock: { now(): number } }): Attachments {
  const root = join(parts.dir, 'attachments')
  const directoryOf = (sessionId: string): string => join(root, sessionId)
  return {
    async take(sessionId, ids) {
      const attached: Attached[] = []
      for (const id of new Set(ids)) {
        const { content, ...file } = await fetchAttachment(parts, id)
        if (isShownImage(file.mediaType) && file.bytes <= MAX_SHOWN_BYTES) {
          attached.push({ ...file, mediaType: file.mediaType, type: 'image', data: content.toString('base64') })
          continue
        }
        const directory = directoryOf(sessionId)
        await mkdir(directory, { recursive: true, mode: 0o700 })
        const path = join(directory, `${id.slice(0, ID_LETTERS)}-${file.name}`)
        await writeFile(path, content, { mode: 0o600 })
        attached.push({ ...file, type: 'file', path })
      }
      return attached
    },
    directories: (sessionId) => [directoryOf(sessionId)].filter((directory) => existsSync(directory)),
    forget: (sessionId) => rm(directoryOf(sessionId), { recursive: true, force: true }),
    async sweep() {
      for (const name of await readdir(root).catch(() => [])) {
        const stats = await stat(join(root, name)).catch(() => undefined)
        if (stats === undefined || parts.clock.now() - stats.mtimeMs < LIFE_MS) continue
        await rm(join(root, name), { recursive: true, force: true })
      }
    },
  }
}
