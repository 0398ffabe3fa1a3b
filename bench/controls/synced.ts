import { closeSync, fdatasync, openSync, write } from 'node:fs'
import { promisify } from 'node:util'

const writeAsync = promisify(write)
const syncAsync = promisify(fdatasync)

/**
 * The least that being durable can cost: what came in while the last sync ran is appended to a file and synced as one,
 * and only then goes on. Without a file it goes on at once.
 */
export function createSynced(file: string | undefined): { write(text: string, then: () => void): void; close(): void } {
  if (file === undefined) return { write: (_text, then) => then(), close: () => {} }
  const handle = openSync(file, 'a')
  let waiting: { text: string; then: () => void }[] = []
  let running = false

  async function run(): Promise<void> {
    running = true
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      await writeAsync(handle, group.map(({ text }) => text).join('\n'))
      await syncAsync(handle)
      for (const { then } of group) then()
    }
    running = false
  }

  return {
    write: (text, then) => {
      waiting.push({ text, then })
      if (!running) run().catch((error: unknown) => console.error(error))
    },
    close: () => closeSync(handle),
  }
}
