import { setImmediate as nextTurn } from 'node:timers/promises'
import { BROWSER_PATH, reconnectDelay } from '@farhand/shared'
import { pause } from '../parts/observer.ts'
import { openFrames } from './frames.ts'
import { entriesIn } from './relays.ts'

/**
 * Clients that all come at once, each for the history of a session: `<kind> <url> <clients> <entries> <session>…`.
 * A process of its own, so that who measures the others is not held up. Says how long it took until all had everything.
 * A client that is cut off comes again, as a page does.
 */
const [kind = '', url = '', clients = '', entries = '', ...sessionIds] = process.argv.slice(2)
const wanted = Number(entries)
/** Two thousand begun in one turn would be a second in which this process neither says nor hears anything. */
const BEGUN_PER_TURN = 25

/** The bytes of a page that was counted, by session; to count each of them would take a third of this process's time. */
const counted = new Map<string, number>()
/** How often which end of a connection was met. */
const losses = new Map<string, number>()
function noteLoss(error: unknown): false {
  const why = error instanceof Error ? error.message : String(error)
  losses.set(why, (losses.get(why) ?? 0) + 1)
  return false
}

console.log('ready')
const started = performance.now()
const coming: Promise<void>[] = []
for (let index = 0; index < Number(clients); index += 1) {
  coming.push(comeBack(sessionIds[index % sessionIds.length] ?? ''))
  if (coming.length % BEGUN_PER_TURN === 0) await nextTurn()
}
await Promise.all(coming)
for (const [why, count] of losses) console.error(`${count} connections were cut off and made again: ${why}`)
const { user, system } = process.cpuUsage()
console.log(`served in ${performance.now() - started}, with ${(user + system) / 1000} of the processor`)
process.exit(0)

async function comeBack(sessionId: string): Promise<void> {
  while (!(await fetchHistory(sessionId).then(() => true, noteLoss))) await pause(reconnectDelay(1, Math.random()))
}

async function fetchHistory(sessionId: string): Promise<void> {
  if (kind === 'plain') {
    const client = await openFrames(url, '/socket.io', {})
    let came = 0
    await new Promise<void>((complete) => {
      client.onEvent(() => {
        came += 1
        if (came === wanted) complete()
      })
      client.send(`["history",${wanted}]`)
    })
    return
  }
  const client = await openFrames(url, BROWSER_PATH, { token: process.env['OWNER_TOKEN'] })
  await client.askFor(JSON.stringify(['subscribe', { sessionId, after: 0 }]), (answer) => checkPage(sessionId, answer))
}

function checkPage(sessionId: string, answer: Buffer): void {
  if (counted.get(sessionId) === answer.length) return
  const came = entriesIn(answer)
  if (came !== wanted) throw new Error(`${came} entries came: ${answer.toString('utf8', 0, 200)}`)
  counted.set(sessionId, answer.length)
}
