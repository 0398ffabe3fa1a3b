import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Set on every process that the agent starts, so that what a crash left behind can be found. */
export const MARKER_VARIABLE = 'FARHAND_RUN'

/** Rounds of a sweep: a process may start another one between being found and being ended. */
const MAX_ROUNDS = 5
const ROUND_PAUSE_MS = 50

/**
 * Ends every process that carries one of these markers, also one that left its group (`setsid`) or whose parent is gone.
 * Only Linux shows the environment of a process; elsewhere there is nothing to find and nothing is done.
 *
 * @returns how many were ended
 */
export async function sweepMarked(markers: ReadonlySet<string>): Promise<number> {
  let ended = 0
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = findMarked(markers)
    if (found.length === 0) break
    for (const pid of found) if (kill(pid)) ended += 1
    await sleep(ROUND_PAUSE_MS)
  }
  return ended
}

/** The ids of living processes that carry one of these markers. */
export function findMarked(markers: ReadonlySet<string>): number[] {
  if (process.platform !== 'linux' || markers.size === 0) return []
  return processes()
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => carries(name, markers))
    .map(Number)
}

function processes(): string[] {
  try {
    return readdirSync('/proc')
  } catch {
    return [] // no descriptor is left to look with
  }
}

function carries(pid: string, markers: ReadonlySet<string>): boolean {
  let environment: string
  try {
    environment = readFileSync(`/proc/${pid}/environ`, 'latin1')
  } catch {
    return false // somebody else's process, or one that ended meanwhile
  }
  return environment
    .split('\0')
    .some((pair) => pair.startsWith(`${MARKER_VARIABLE}=`) && markers.has(pair.slice(MARKER_VARIABLE.length + 1)))
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false // it ended by itself meanwhile
  }
}
