import { openObserver } from '../parts/observer.ts'

/** A reader in a process of its own, to be frozen with SIGSTOP: it then takes nothing more from its socket. */
const [url = '', sessionId = ''] = process.argv.slice(2)
const observer = await openObserver({ url, ownerToken: process.env['OWNER_TOKEN'] ?? '' })
await observer.read(sessionId)
console.log('ready')
process.once('SIGTERM', () => process.exit(0))
