import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { makeAuthority, type Certificate } from './certificate.ts'
import { openStage } from './stage.ts'

const TEST_MS = 60_000

const DAY_MS = 86_400_000
const GOOD = { from: new Date(Date.now() - DAY_MS), to: new Date(Date.now() + DAY_MS) }
const PAST = { from: new Date(Date.now() - 3 * DAY_MS), to: new Date(Date.now() - 2 * DAY_MS) }

test('[F17] an agent that knows the authority connects over TLS', { timeout: TEST_MS }, async () => {
  const { agent, connections } = await throughTls((authority) => authority.issue('localhost', GOOD))
  await agent(/Connected to https/)
  expect(connections()).toBeGreaterThan(0)
})

test.each([
  ['has expired', (authority: ReturnType<typeof makeAuthority>) => authority.issue('localhost', PAST)],
  ['is for another name', (authority: ReturnType<typeof makeAuthority>) => authority.issue('elsewhere.example', GOOD)],
  ['is of an authority that this machine does not know', () => makeAuthority('stranger').issue('localhost', GOOD)],
])(
  '[F17] a certificate that %s is refused in words, and nothing is said to it',
  { timeout: TEST_MS },
  async (words, issue) => {
    const { agent, heard } = await throughTls(issue)
    await agent(new RegExp(`^UNREACHABLE: The TLS certificate .*${words}`, 'm'))
    expect(heard()).toBe(0)
  },
)

/** The relay behind a proxy that speaks TLS with this certificate; the agent trusts an authority of its own. */
async function throughTls(issue: (authority: ReturnType<typeof makeAuthority>) => Certificate) {
  const stage = await openStage()
  const authority = makeAuthority('authority')
  const authorityFile = join(stage.directory, 'authority.pem')
  writeFileSync(authorityFile, authority.cert)
  let heard = 0
  let connections = 0
  const server = createServer(issue(authority), (near) => {
    connections += 1
    const far = connect(stage.tiers.hops.agent.port, '127.0.0.1')
    near.on('data', (bytes: Buffer) => (heard += bytes.length))
    near.pipe(far).pipe(near)
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo // a listening server has one
  await stage.tiers.relay.start()
  const started = stage.tiers.agent.start({
    SERVER_URL: `https://localhost:${port}`,
    NODE_EXTRA_CA_CERTS: authorityFile,
  })
  started.catch(() => {}) // it never gets ready where it refuses; what it says is what counts
  return { agent: (what: RegExp) => stage.says('agent', what), heard: () => heard, connections: () => connections }
}
