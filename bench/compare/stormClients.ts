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

let losses = 0
function noteLoss(): false {
  losses += 1
  return false
}

console.log('ready')
const started = performance.now()
await Promise.all(
  Array.from({ length: Number(clients) }, async (_, index) => {
    const sessionId = sessionIds[index % sessionIds.length] ?? ''
    while (!(await fetchHistory(sessionId).then(() => true, noteLoss))) await pause(reconnectDelay(1, Math.random()))
  }),
)
if (losses > 0) console.error(`${losses} connections were cut off and made again`)
console.log(`served in ${performance.now() - started}`)
process.exit(0)

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
  const answer = await client.ask(JSON.stringify(['subscribe', { sessionId, after: 0 }]))
  const came = entriesIn(answer)
  if (came !== wanted) throw new Error(`${came} entries came: ${answer.slice(0, 200)}`)
}
