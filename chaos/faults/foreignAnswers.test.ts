import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { openStage } from './stage.ts'

const TEST_MS = 60_000

const PORTAL = '<html><body><h1>Welcome to our network</h1><form>…</form></body></html>'

test.each([
  ['403', 403, {}, /Something else answers in the place of \S+ \(status 403\): a network that wants a sign-in/],
  ['502', 502, {}, /A proxy answers for \S+ \(status 502\): the relay behind it does not/],
  [
    '302',
    302,
    { Location: 'http://portal.example/sign-in?who=me' },
    /Something else answers in the place of \S+ \(status 302, to http:\/\/portal\.example\): a network/,
  ],
])(
  '[F16] %s with HTML: the agent says what it is, goes on trying, and is there when it is over',
  { timeout: TEST_MS },
  async (...row) => {
    const [, status, headers, words] = row
    const stage = await openStage()
    const gate = await openGate(status, headers, stage.tiers.hops.agent.port)
    await stage.tiers.relay.start()
    const ready = stage.tiers.agent.start({ SERVER_URL: `http://127.0.0.1:${gate.port}` })
    await stage.says('agent', words)
    expect(stage.printed('agent')).not.toMatch(/portal\.example\/|<html>/)
    await expect.poll(() => gate.refused(), { timeout: 10_000 }).toBeGreaterThan(3)
    gate.open()
    await ready
    await stage.says('agent', /^Connected to/m)
  },
)

/** What stands between: it answers for the relay until it is opened. */
async function openGate(status: number, headers: Record<string, string>, port: number) {
  let isOpen = false
  let refused = 0
  const refusal = [
    `HTTP/1.1 ${status} No`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    'Content-Type: text/html',
    `Content-Length: ${Buffer.byteLength(PORTAL)}`,
    'Connection: close',
    '',
    PORTAL,
  ].join('\r\n')
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    sockets.add(near)
    near.on('error', () => near.destroy())
    if (isOpen) {
      const far = connect(port, '127.0.0.1')
      sockets.add(far)
      far.on('error', () => near.destroy())
      near.pipe(far).pipe(near)
      return
    }
    near.once('data', () => {
      refused += 1
      near.end(refusal)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    port: (server.address() as AddressInfo).port, // a listening server has one
    refused: () => refused,
    open: () => void (isOpen = true),
  }
}
