import { readFileSync } from 'node:fs'

/**
 * For tests alone, by `--import`, where libfaketime is not installed: `Date` is off by the seconds that FAKE_DATE_FILE
 * holds, read once a second. Timers and `performance` are left alone.
 */
const READ_EVERY_MS = 1_000
const file = process.env['FAKE_DATE_FILE'] ?? ''
const RealDate = Date

let offsetMs = 0
let readAt = -Infinity

function now(): number {
  if (performance.now() - readAt >= READ_EVERY_MS) {
    readAt = performance.now()
    offsetMs = Number(readFileSync(file, 'utf8')) * 1_000
  }
  return RealDate.now() + offsetMs
}

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args: []) => (args.length === 0 ? new target(now()) : new target(...args)),
  apply: () => new RealDate(now()).toString(),
  get: (target, name, receiver) => (name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown)),
})
