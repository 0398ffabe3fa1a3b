import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A process's wall clock that can be set while it runs. Its monotonic clock, and so its timers, go on as they were. */
export type Clock = {
  /** What the process must be started with. */
  env: Record<string, string>
  jump(ms: number): void
  offsetMs(): number
}

/** libfaketime, as Debian, Fedora and Arch put it. */
const LIBRARIES = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1',
  '/usr/lib64/faketime/libfaketimeMT.so.1',
  '/usr/lib/faketime/libfaketimeMT.so.1',
]
/** Where it is not installed, JavaScript alone is deceived. */
const OWN_WAY = join(import.meta.dirname, 'clock', 'fakeDate.ts')

/** How long a process may go on with the old time after a jump: it reads the file once a second, in whole seconds. */
export const JUMP_LAG_MS = 2_100

/** A clock that is set through `file`. */
export function openClock(file: string): Clock {
  let offsetMs = 0
  const write = (): void => {
    // In one step: a reader never sees half of a number.
    writeFileSync(`${file}.new`, `${offsetMs < 0 ? '-' : '+'}${Math.abs(offsetMs) / 1_000}\n`)
    renameSync(`${file}.new`, file)
  }
  write()
  return {
    env: environment(file),
    jump(ms) {
      offsetMs += ms
      write()
    },
    offsetMs: () => offsetMs,
  }
}

function environment(file: string): Record<string, string> {
  const library = LIBRARIES.find((path) => existsSync(path))
  if (library === undefined) return { NODE_OPTIONS: `--import=${OWN_WAY}`, FAKE_DATE_FILE: file }
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_CACHE_DURATION: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    NO_FAKE_STAT: '1',
  }
}
