import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isShownImage } from '@farhand/shared'
import { fetchAttachment, type FetchParts } from './fetchAttachment.ts'
import type { Attached } from './promptContent.ts'

/** What came with a session's commands, in a directory of the agent's own: nothing is put into the project. */
export type Attachments = {
  /** Ready to be handed over with the prompt. @throws FarhandError as `fetchAttachment` says */
  take(sessionId: string, ids: readonly string[], signal: AbortSignal): Promise<Attached[]>
  /** Where Claude may read without asking; nowhere while nothing came. */
  directories(sessionId: string): string[]
  forget(sessionId: string): Promise<void>
  /** Removes files that came long ago. */
  sweep(): Promise<void>
}

const DAY_MS = 24 * 60 * 60 * 1000
/** As long as the relay keeps them. */
const LIFE_MS = 30 * DAY_MS
/** What the model takes as an image; a larger one is a file, which Claude's own tools can make smaller. */
const MAX_SHOWN_BYTES = 3.5 * 1024 * 1024
/** Two files of one name do not meet. The last letters, since ids of one minute may begin alike (UUID version 7). */
const ID_LETTERS = 12

export function createAttachments(parts: FetchParts & { dir: string; clock: { now(): number } }): Attachments {
  const root = join(parts.dir, 'attachments')
  const directoryOf = (sessionId: string): string => join(root, sessionId)
  return {
    async take(sessionId, ids, signal) {
      const attached: Attached[] = []
      for (const id of new Set(ids)) {
        const { content, ...file } = await fetchAttachment(parts, id, signal)
        if (isShownImage(file.mediaType) && file.bytes <= MAX_SHOWN_BYTES) {
          attached.push({ ...file, mediaType: file.mediaType, type: 'image', data: content.toString('base64') })
          continue
        }
        const directory = directoryOf(sessionId)
        await mkdir(directory, { recursive: true, mode: 0o700 })
        const path = join(directory, `${id.slice(-ID_LETTERS)}-${file.name}`)
        await writeFile(path, content, { mode: 0o600 })
        attached.push({ ...file, type: 'file', path })
      }
      return attached
    },
    directories: (sessionId) => [directoryOf(sessionId)].filter((directory) => existsSync(directory)),
    forget: (sessionId) => rm(directoryOf(sessionId), { recursive: true, force: true }),
    async sweep() {
      for (const sessionId of await readdir(root).catch(() => [])) {
        const directory = directoryOf(sessionId)
        // Each file by itself: a session that is busy gets new ones all the time.
        for (const name of await readdir(directory).catch(() => [])) {
          const stats = await stat(join(directory, name)).catch(() => undefined)
          if (stats === undefined || parts.clock.now() - stats.mtimeMs < LIFE_MS) continue
          await rm(join(directory, name), { recursive: true, force: true })
        }
        await rmdir(directory).catch(() => {}) // it has others
      }
    },
  }
}

/** Now, and then every day. @returns what ends it */
export function sweepDaily({ sweep }: Pick<Attachments, 'sweep'>, failed: (error: unknown) => void): () => void {
  const sweepNow = (): void => void sweep().catch(failed)
  sweepNow()
  const timer = setInterval(sweepNow, DAY_MS).unref()
  return () => clearInterval(timer)
}
