import { readFileSync } from 'node:fs'

/** Linux tells a process's needs in /proc; elsewhere these measurements say so instead of guessing. */
const TICKS_PER_SECOND = 100
const KIB = 1024
export const MIB = 1024 * KIB

/** Resident memory in bytes. */
export function residentBytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(read(pid, 'status'))?.[1]
  if (kib === undefined) throw new Error(`process ${pid} has no memory: it ended`)
  return Number(kib) * KIB
}

/** User and system time of all its threads, in milliseconds. */
export function cpuMs(pid: number): number {
  const text = read(pid, 'stat')
  // The name stands in brackets and may hold anything; the times are the 12th and 13th field behind it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND
}

/** Watches the memory of a process; `stop` answers the highest that was seen. */
export function watchMemory(pid: number, everyMs = 50): { stop(): number } {
  let highest = residentBytes(pid)
  const timer = setInterval(() => {
    highest = Math.max(highest, residentBytes(pid))
  }, everyMs)
  return {
    stop: () => {
      clearInterval(timer)
      return Math.max(highest, residentBytes(pid))
    },
  }
}

function read(pid: number, what: 'status' | 'stat'): string {
  if (process.platform !== 'linux') throw new Error('Memory and CPU of a process are only measured on Linux.')
  return readFileSync(`/proc/${pid}/${what}`, 'utf8')
}
