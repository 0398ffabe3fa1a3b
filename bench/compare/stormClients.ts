import { BROWSER_PATH } from '@farhand/shared'
import { openFrames } from './frames.ts'
import { entriesIn } from './relays.ts'

/**
 * Clients that all come at once, each for the history of a session: `<kind> <url> <clients> <entries> <session>…`.
 * A process of its own, so that who measures the others is not held up. Says how long it took until all had everything.
 */
const [kind = '', url = '', clients = '', entries = '', ...sessionIds] = process.argv.slice(2)
const wanted = Number(entries)

console.log('ready')
const started = performance.now()
await Promise.all(
  Array.from({ length: Number(clients) }, (_, index) => fetchHistory(sessionIds[index % sessionIds.length] ?? '')),
)
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
