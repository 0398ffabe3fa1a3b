import { randomUUID } from 'node:crypto'
import { AGENT_PATH, BROWSER_PATH, PROTOCOL_VERSION, type Ack } from '@farhand/shared'
import { io, type Socket } from 'socket.io-client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AGENT_TOKEN, OWNER_TOKEN, startRelay, type Relay } from '../packages/server/test/harness.ts'
import { openProxy, type Proxy } from './proxy.ts'

const NOTICE_MS = 20_000
const TEST_MS = 40_000

let relay: Relay
let proxy: Proxy

beforeEach(async () => {
  relay = await startRelay()
  const { hostname, port } = new URL(relay.url)
  proxy = await openProxy({ host: hostname, port: Number(port) })
})

afterEach(async () => {
  await proxy.close()
  await relay.close()
})

test('[CON2] a half-open link is noticed within 20 s by both ends', { timeout: TEST_MS }, async () => {
  const bystander = await relay.openBrowser()
  const identity = { agentId: randomUUID(), connNo: 1, protocol: PROTOCOL_VERSION }
  const browser = dial(BROWSER_PATH, { token: OWNER_TOKEN })
  const agent = dial(AGENT_PATH, { token: AGENT_TOKEN, ...identity })
  await Promise.all([heard(browser, 'welcome'), heard(agent, 'connect')])
  const projects = [{ projectId: randomUUID(), name: 'p', path: '/p' }]
  const about = { bootId: 'boot', name: 'a', host: 'h', versions: {}, projects, sessions: [] }
  expect(await agent.emitWithAck('agent_hello', { ...identity, ...about })).toMatchObject({ ok: true })
  const isOnline = async (): Promise<boolean> => {
    const answer = (await bystander.emitWithAck('list_projects', {})) as Ack<{ projects: { online: boolean }[] }>
    return answer.ok && answer.projects[0]?.online === true
  }
  expect(await isOnline()).toBe(true)

  const at = performance.now()
  const noticed = [browser, agent].map(async (socket) => [await heard(socket, 'disconnect'), performance.now() - at])
  proxy.halfOpen()
  const gone = expect.poll(isOnline, { timeout: NOTICE_MS, interval: 200 }).toBe(false)
  for (const [reason, ms] of await Promise.all(noticed)) {
    expect(reason).toBe('ping timeout')
    expect(ms).toBeLessThan(NOTICE_MS)
  }
  await gone
})

function dial(path: string, auth: object): Socket {
  const url = `http://127.0.0.1:${proxy.port}`
  return io(url, { path, auth, transports: ['websocket'], reconnection: false, forceNew: true })
}

async function heard(socket: Socket, event: string): Promise<unknown> {
  return await new Promise((resolve) => socket.once(event, resolve))
}
