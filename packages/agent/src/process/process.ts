import type { ChildProcess } from 'node:child_process'
import { PassThrough, type Readable, type Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { execa } from 'execa'
import type { Lifeline } from './lifeline.ts'
import { lineFilter, type MalformedLine } from './lines.ts'
import { invocation } from './program.ts'
import { MARKER_VARIABLE, sweepMarked } from './sweep.ts'

/** As much of stderr as is kept: a process that ends early says there why. */
const STDERR_TAIL_BYTES = 4 * 1024
/** What is left in the pipe when a process has ended is read for this long. */
const DRAIN_MS = 5_000

/** How long each step of ending waits for the next, sharper one. */
export type Patience = { askMs: number; terminateMs: number }
export const PATIENCE: Patience = { askMs: 5_000, terminateMs: 5_000 }

/** How a process ended. `exitCode` and `signal` are both null where it could not be started. */
export type Exit = { exitCode: number | null; signal: NodeJS.Signals | null; stderr: string; failure?: string }

/** What a process gets that does not end when it is asked to. */
export type PressingSignal = 'SIGTERM' | 'SIGKILL'
export type EndHow = 'ask' | 'terminate' | 'kill'

/** A running coding agent and all that it started. */
export type OwnProcess = {
  /** What an SDK talks to. */
  spawned: Spawned
  /** Whether it has ended itself; what it has started may live on for a moment. */
  gone(): boolean
  /** Resolves when the process has ended and nothing that it started lives on. Never rejects. */
  ended: Promise<Exit>
  /**
   * Ends the process and all that it started: asks by closing stdin, then SIGTERM to the group, then SIGKILL to the group
   * and to whoever carries the marker. `terminate` leaves out the asking, `kill` the SIGTERM as well: then the process has
   * no time to write anything down. A second, sharper call shortens the first.
   */
  end(how: EndHow, patience?: Patience): Promise<Exit>
}

/** The child, with the checked stdout, and with signals that reach the whole group. */
export type Spawned = {
  stdin: Writable
  stdout: Readable
  readonly killed: boolean
  readonly exitCode: number | null
  readonly signalCode: NodeJS.Signals | null
  kill(signal: NodeJS.Signals): boolean
  on: Listen
  once: Listen
  off: Listen
}

type Listen = {
  (event: 'exit', listener: (code: number | null, signal: NodeJS.Signals | null) => void): void
  (event: 'error', listener: (error: Error) => void): void
}

export type Spawning = {
  command: string
  args: string[]
  cwd?: string | undefined
  env: Readonly<Record<string, string | undefined>>
}

/** Starts a coding agent. Nothing of a user's text is in the arguments: that goes over stdin. */
export function startProcess(
  options: Spawning,
  run: {
    marker: string
    /** Whether a JSON object on stdout is of its protocol. */
    isMessage: (value: object) => boolean
    onMalformed: (line: MalformedLine) => void
    onPressed?: (signal: PressingSignal) => void
    lifeline?: Lifeline | undefined
  },
): OwnProcess {
  const [command, args] = programOf(options)
  const subprocess = execa(command, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...options.env, [MARKER_VARIABLE]: run.marker },
    extendEnv: false,
    buffer: false,
    reject: false,
    stdin: run.lifeline?.childEnd ?? 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    // A group of its own on POSIX, the process tree on Windows: a signal reaches what it started as well.
    killDescendants: true,
    forceKillAfterDelay: false,
  })
  const { nodeChildProcess: child } = subprocess
  const stdin = run.lifeline?.ourEnd ?? subprocess.stdin ?? new PassThrough()
  const guard = child.pid === undefined ? undefined : run.lifeline?.guard(child.pid, run.marker)
  run.lifeline?.childEnd.destroy()
  const stdout = subprocess.stdout.pipe(lineFilter(run.isMessage, run.onMalformed))
  const stderr = tailOf(subprocess.stderr)
  const kill = (signal: NodeJS.Signals): boolean => subprocess.kill(signal)
  // The pipe to a process that has ended breaks; that it ended is told by its exit.
  stdin.on('error', () => {})

  const ended = waitForExit(child).then(async (failure): Promise<Exit> => {
    guard?.dismiss()
    kill('SIGKILL')
    await sweepMarked(new Set([run.marker]))
    await drain(subprocess.stdout)
    subprocess.stdout.destroy()
    stdin.destroy()
    stdout.end()
    if (failure !== undefined) return { exitCode: null, signal: null, stderr: stderr(), failure }
    return { exitCode: child.exitCode, signal: child.signalCode, stderr: stderr() }
  })
  const press = (signal: PressingSignal): void => {
    run.onPressed?.(signal)
    kill(signal)
  }
  const endsWithin = async (ms: number): Promise<boolean> =>
    Promise.race([ended.then(() => true), sleep(ms, false, { ref: false })])

  return {
    spawned: spawnedOver(child, stdin, stdout, kill),
    gone: () => child.exitCode !== null || child.signalCode !== null,
    ended,
    async end(how, patience = PATIENCE) {
      if (how === 'kill') {
        kill('SIGKILL')
        return ended
      }
      stdin.end()
      if (how === 'ask' && (await endsWithin(patience.askMs))) return ended
      press('SIGTERM')
      if (await endsWithin(patience.terminateMs)) return ended
      press('SIGKILL')
      return ended
    },
  }
}

/** Claude Code's SDK starts scripts with whatever `node` it finds; ours is the one that is known to be there. */
function programOf({ command, args }: Spawning): [string, string[]] {
  return command === 'node' ? [process.execPath, args] : invocation(command, args)
}

/** @returns why it could not be started, if that is so */
function waitForExit(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve(undefined))
    child.once('error', (error) => {
      if (child.pid === undefined) resolve(error.message)
    })
  })
}

/** What is left in the pipe is still to be read, but a grandchild that nobody could end may hold it open for ever. */
async function drain(pipe: Readable): Promise<void> {
  if (pipe.closed) return
  await Promise.race([
    new Promise((resolve) => pipe.once('close', resolve)),
    sleep(DRAIN_MS, undefined, { ref: false }),
  ])
}

function tailOf(stream: Readable): () => string {
  let tail = Buffer.alloc(0)
  stream.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-STDERR_TAIL_BYTES)
  })
  return () => stripVTControlCharacters(tail.toString()).trim()
}

function spawnedOver(
  child: ChildProcess,
  stdin: Writable,
  stdout: Readable,
  kill: (signal: NodeJS.Signals) => boolean,
): Spawned {
  return {
    stdin,
    stdout,
    kill,
    get killed() {
      return child.killed
    },
    get exitCode() {
      return child.exitCode
    },
    get signalCode() {
      return child.signalCode
    },
    on: child.on.bind(child),
    once: child.once.bind(child),
    off: child.off.bind(child),
  }
}
