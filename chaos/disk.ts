import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What is wrong with a disk: calls fail, all of them or each so many-th, or they take their time. */
export type DiskFault =
  | { how: 'error'; error: 'EIO' | 'ENOSPC'; calls: 'sync' | 'write'; every: number }
  | { how: 'slow'; delayMs: number }

export type BrokenDisk = {
  /** How many calls were made to fail, or to wait. */
  hits(): number
  heal(): Promise<void>
}

const CALLS = { sync: 'fsync,fdatasync', write: 'pwrite64,pwritev,write' } as const
const ATTACH_MS = 5_000
const TRACER = 'strace'

/** Whether faults of disks can be made here. */
export function hasDiskFaults(): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((directory) => existsSync(join(directory, TRACER)))
}

/**
 * From now on the system calls of a running process on these files do as `fault` says. What other files get, and what
 * other processes do, is left alone. Made by a tracer, so the process itself believes that its disk did it.
 *
 * @returns `undefined` where no tracer could attach: the process is gone, or the system does not allow it
 */
export async function breakDisk(
  pid: number,
  files: readonly string[],
  fault: DiskFault,
): Promise<BrokenDisk | undefined> {
  const calls = fault.how === 'slow' ? CALLS.sync : CALLS[fault.calls]
  const injected = fault.how === 'slow' ? `delay_enter=${fault.delayMs * 1_000}` : errorOf(fault)
  const paths = files.flatMap((file) => ['-P', file])
  const args = [...paths, '-e', `trace=${calls}`, '-e', `inject=${calls}:${injected}`, ...threadsOf(pid)]
  const tracer = spawn(TRACER, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let hits = 0
  const attached = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => attached.resolve(false), ATTACH_MS)
  tracer.once('error', () => attached.resolve(false))
  tracer.once('exit', () => attached.resolve(false))
  tracer.stderr.on('data', (said: Buffer) => {
    const text = said.toString()
    hits += text.split('INJECTED').length - 1
    hits += text.split('DELAYED').length - 1
    if (/attached/.test(text)) attached.resolve(true)
  })
  const isAttached = await attached.promise
  clearTimeout(timer)
  if (isAttached) return { hits: () => hits, heal: () => end(tracer) }
  await end(tracer)
  return undefined
}

function errorOf({ error, every }: Extract<DiskFault, { how: 'error' }>): string {
  return `error=${error}${every > 1 ? `:when=1+${every}` : ''}`
}

/** Each thread by itself: following all of them would follow the children as well. */
function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) => ['-p', thread])
  } catch {
    return ['-p', String(pid)] // it has just ended, and so will the tracer
  }
}

async function end(tracer: ChildProcess): Promise<void> {
  if (tracer.exitCode !== null || tracer.signalCode !== null || tracer.pid === undefined) return
  const exit = once(tracer, 'exit')
  tracer.kill('SIGTERM') // it lets go of the process and ends
  await exit
}
