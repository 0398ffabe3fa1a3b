import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { execa } from 'execa'

/** One process of the whole: server, agent or web. */
export type Part = {
  pid: number | undefined
  /** How it ended, in words; never rejects. */
  ended: Promise<string>
  /** Ends it and everything it started. Resolves when it is gone. */
  stop(): Promise<void>
  /** At once and without a chance to tidy up. */
  kill(): void
}

export type PartOptions = {
  /** What Node runs: flags, script, arguments. */
  args: string[]
  cwd: string
  env: NodeJS.ProcessEnv
  /** One line of its standard output. Its standard error goes to the terminal as it is. */
  onLine(line: string): void
}

/** The server and the agent give themselves 10 s to end in order. */
const STOP_TIMEOUT_MS = 12_000

/** In a process group of its own, so that Ctrl-C reaches only us and we decide who ends when. */
const OWN_GROUP = process.platform !== 'win32'

/** Runs in each part and ends it when we are gone, however we went. */
const LEASH = pathToFileURL(`${import.meta.dirname}/leash.ts`).href

export function startPart({ args, cwd, env, onLine }: PartOptions): Part {
  const child = execa(process.execPath, ['--import', LEASH, ...args], {
    cwd,
    env,
    extendEnv: false,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
    ipc: true,
    buffer: false,
    reject: false,
    detached: OWN_GROUP,
    windowsHide: true,
    forceKillAfterDelay: STOP_TIMEOUT_MS,
  })
  createInterface({ input: child.stdout }).on('line', onLine)
  const ended = child.then((result) => {
    signalGroup(child.pid, 'SIGKILL') // whoever it left behind
    if (result.signal !== undefined) return `was ended by ${result.signal}`
    return result.exitCode === undefined ? 'could not be started' : `ended with code ${result.exitCode}`
  })
  return {
    pid: child.pid,
    ended,
    kill: () => signalGroup(child.pid, 'SIGKILL'),
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined || !OWN_GROUP) return
  try {
    process.kill(-pid, signal)
  } catch {
    // Nobody of the group is left, which is what was wanted.
  }
}
