import { BROWSER_PATH } from '@farhand/shared'
import { openFrames } from './frames.ts'

/** Readers who only listen: `<kind> <url> <clients> <session>`. Says so when all are there, and stays. */
const [kind = '', url = '', clients = '', sessionId = ''] = process.argv.slice(2)
/** One after the other takes longer than anybody wants to wait; all at once would leave more garbage than readers. */
const AT_ONCE = 20

for (let left = Number(clients); left > 0; left -= AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, left) }, listen))
}
console.log('ready')
process.once('SIGTERM', () => process.exit(0))

async function listen(): Promise<void> {
  if (kind === 'plain') {
    const client = await openFrames(url, '/socket.io', {})
    await client.ask(JSON.stringify(['join', sessionId]))
  } else {
    const client = await openFrames(url, BROWSER_PATH, { token: process.env['OWNER_TOKEN'] })
    await client.ask(JSON.stringify(['subscribe', { sessionId, tail: 1 }]))
  }
}
