import { BROWSER_PATH } from '@farhand/shared'
import { openFrames } from '../compare/frames.ts'

/** A client that sends without end, in a process of its own: `<url> <messages per second> <seconds>`. Says what it got. */
const [url = '', rate = '', seconds = ''] = process.argv.slice(2)
const TICK_MS = 5

const client = await openFrames(url, BROWSER_PATH, { token: process.env['OWNER_TOKEN'] })
let sent = 0
let refused = 0
let done = 0
console.log('ready')
const started = performance.now()
const timer = setInterval(() => {
  const elapsed = Math.min((performance.now() - started) / 1000, Number(seconds))
  for (const due = elapsed * Number(rate); sent < due; sent += 1) {
    client.ask('["probe",{}]').then(
      (answer) => (answer.includes('RATE_LIMITED') ? (refused += 1) : (done += 1)),
      () => {}, // the relay may have had enough of it
    )
  }
  if (elapsed < Number(seconds)) return
  clearInterval(timer)
  console.log(`got ${JSON.stringify({ sent, refused, done })}`)
}, TICK_MS)
process.once('SIGTERM', () => process.exit(0))
