import { BROWSER_PATH } from '@farhand/shared'
import { openFrames } from './frames.ts'

/** Readers who only listen: `<kind> <url> <clients> <session>`. Says so when all are there, and stays. */
const [kind = '', url = '', clients = '', sessionId = ''] = process.argv.slice(2)
for (let index = 0; index < Number(clients); index += 1) {
  if (kind === 'plain') {
    const client = await openFrames(url, '/socket.io', {})
    await client.ask(JSON.stringify(['join', sessionId]))
  } else {
    const client = await openFrames(url, BROWSER_PATH, { token: process.env['OWNER_TOKEN'] })
    await client.ask(JSON.stringify(['subscribe', { sessionId, tail: 1 }]))
  }
}
console.log('ready')
process.once('SIGTERM', () => process.exit(0))
