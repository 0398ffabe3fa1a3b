import { join, resolve } from 'node:path'
import { execa } from 'execa'

const BENCH = resolve(import.meta.dirname, '..')
const ROOT = resolve(BENCH, '..')
const READY_MS = 20_000
const STOP_MS = 10_000

/** A part of a measurement that is a process of its own. */
export type Part = {
  pid: number
  /** Resolves when it has ended, however it did. */
  ended: Promise<void>
  /** What it prints that matches; rejects when that does not come. */
  said(pattern: RegExp, patienceMs?: number): Promise<string>
  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void
  /** Asks it to end, and kills it where it does not. */
  stop(): Promise<void>
}

/** Starts `file` (relative to `bench/`) and resolves when it has printed what `ready` matches. */
export async function startPart(
  file: string,
  argv: readonly string[],
  env: Record<string, string>,
  ready = /ready/,
  readyMs = READY_MS,
): Promise<Part> {
  const child = execa(process.execPath, [join(BENCH, file), ...argv], {
    cwd: ROOT,
    env,
    stderr: 'inherit',
    stdin: 'ignore',
    reject: false,
    buffer: false,
    forceKillAfterDelay: STOP_MS,
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`${file} did not start`)
  const ended = child.then(() => undefined)
  let text = ''
  const waiting = new Set<() => void>()
  child.nodeChildProcess.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString()
    for (const look of waiting) look()
  })

  const said = (pattern: RegExp, patienceMs = READY_MS): Promise<string> =>
    new Promise((heard, reject) => {
      const look = (): void => {
        const found = pattern.exec(text)
        if (found === null) return
        clearTimeout(late)
        waiting.delete(look)
        heard(found[0])
      }
      const fail = (): void => reject(new Error(`${file} did not say ${String(pattern)}`))
      const late = setTimeout(fail, patienceMs)
      ended.then(
        () => setImmediate(fail),
        () => {},
      )
      waiting.add(look)
      look()
    })

  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
  }
  try {
    await said(ready, readyMs)
  } catch (error) {
    await stop()
    throw error
  }
  return { pid, ended, said, signal: (name) => void child.kill(name), stop }
}
