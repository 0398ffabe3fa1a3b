import { readFileSync } from 'node:fs'
import { findMarked } from './sweep.ts'

/** More processes than this in one run are no work any more. */
export const MAX_PROCESSES = 2_000

/**
 * Whether a run has started too many processes. Counting them means looking at every process of the machine, so that is
 * done only while the machine has so many tasks that it is possible at all. Only Linux tells; elsewhere it is never so.
 */
export function isCrowded(marker: string, max: number): boolean {
  if (process.platform !== 'linux' || tasksOfMachine() <= max) return false
  return findMarked(new Set([marker])).length > max
}

/** The fourth number of `/proc/loadavg`, running/all. */
function tasksOfMachine(): number {
  try {
    return Number(/\/(\d+) /.exec(readFileSync('/proc/loadavg', 'utf8'))?.[1] ?? 0)
  } catch {
    return 0 // a system that does not tell
  }
}
