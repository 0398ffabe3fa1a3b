import type { StoreCondition } from '../log/store.ts'

/** How the process and its store are, as measured over the last round. */
export type Health = {
  storage: StoreCondition
  /** How late the event loop was at worst, and in 99 of 100 cases. */
  eventLoop: { maxMs: number; p99Ms: number }
  /** How much more the clock moved than time passed. */
  clockJumpMs: number
}

export const HEALTHY: Health = {
  storage: { walBytes: 0, damaged: false },
  eventLoop: { maxMs: 0, p99Ms: 0 },
  clockJumpMs: 0,
}

export type Complaint = { level: 'info' | 'warn' | 'fatal'; message: string; facts: Record<string, number> }

/** While another program reads the database for long, its write-ahead log can't be emptied. */
const LARGE_WAL_BYTES = 256 * 1024 * 1024
/** Everybody waited so long for everything. */
const STALL_MS = 1_000
const JUMP_MS = 5_000

/** What is worth a line: states once, when they begin or end; events each time. Pure. docs/operating.md lists the lines. */
export function complaintsOf(before: Health, now: Health, largeWalBytes = LARGE_WAL_BYTES): Complaint[] {
  const { walBytes, damaged } = now.storage
  const clockAheadMs = now.storage.clockAheadMs ?? 0
  const [wasOff, isOff] = [isFar(before.storage.clockAheadMs), isFar(now.storage.clockAheadMs)]
  const [wasLarge, isLarge] = [before.storage.walBytes > largeWalBytes, walBytes > largeWalBytes]
  const { maxMs } = now.eventLoop
  const jumpMs = now.clockJumpMs
  return [
    ...(damaged && !before.storage.damaged ? [complaint('fatal', DAMAGED)] : []),
    ...(isLarge && !wasLarge ? [complaint('warn', LARGE_WAL, { walBytes })] : []),
    ...(wasLarge && !isLarge ? [complaint('info', SMALL_WAL, { walBytes })] : []),
    ...(isOff && !wasOff ? [complaint('warn', CLOCK_OFF, { clockAheadMs })] : []),
    ...(wasOff && !isOff ? [complaint('info', CLOCK_AGREES, { clockAheadMs })] : []),
    ...(maxMs >= STALL_MS ? [complaint('warn', 'the process stood still', { maxMs })] : []),
    ...(Math.abs(jumpMs) >= JUMP_MS ? [complaint('warn', 'the clock jumped, or the machine slept', { jumpMs })] : []),
  ]
}

const DAMAGED = 'the database is damaged: nothing more is written; stop the server and put a backup back'
const LARGE_WAL = 'the write-ahead log is large: another program reads the database for long'
const CLOCK_OFF = 'the clock of this machine and that of the database differ: one of them is wrong'
const CLOCK_AGREES = 'the clock of this machine and that of the database agree again'
const SMALL_WAL = 'the write-ahead log is small again'

function isFar(clockAheadMs = 0): boolean {
  return Math.abs(clockAheadMs) >= JUMP_MS
}

function complaint(level: Complaint['level'], message: string, facts: Record<string, number> = {}): Complaint {
  return { level, message, facts }
}
