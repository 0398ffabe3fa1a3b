import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import type { Intent } from '../history.ts'

/**
 * CMD1 for a client without a browser: a file to which each intent is appended, and forced to disk, before it is first
 * sent, and again when its answer has come. Opened anew it knows what still waits.
 */
export type FileOutbox = {
  add(intent: Intent): void
  done(id: string): void
  /** Oldest first. */
  waiting(): Intent[]
  close(): void
}

export function openFileOutbox(path: string): FileOutbox {
  const waiting = existsSync(path) ? recover(readFileSync(path, 'utf8')) : new Map<string, Intent>()
  const file = openSync(path, 'a')
  const append = (line: object): void => {
    writeSync(file, `${JSON.stringify(line)}\n`)
    fsyncSync(file)
  }
  return {
    add(intent) {
      append({ add: intent })
      waiting.set(intent.id, intent)
    },
    done(id) {
      if (!waiting.delete(id)) return
      append({ done: id })
    },
    waiting: () => [...waiting.values()],
    close: () => closeSync(file),
  }
}

function recover(text: string): Map<string, Intent> {
  const waiting = new Map<string, Intent>()
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const said = JSON.parse(line) as { add?: Intent; done?: string } // we wrote it ourselves
    if (said.add !== undefined) waiting.set(said.add.id, said.add)
    if (said.done !== undefined) waiting.delete(said.done)
  }
  return waiting
}
