import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { chooseRelay, openBalancer, type Balancer } from './balancer.ts'

let relays: Server[] = []
let balancer: Balancer

beforeEach(async () => {
  relays = await Promise.all(['one', 'two'].map(openRelay))
  const ports = relays.map((relay) => (relay.address() as AddressInfo).port)
  balancer = await openBalancer({ host: '127.0.0.1', port: 0, relays: ports })
})
afterEach(async () => {
  await balancer.close()
  for (const relay of relays) {
    relay.closeAllConnections()
    relay.close()
  }
})

async function openRelay(name: string): Promise<Server> {
  const relay = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const said = { name, body: Buffer.concat(chunks).toString(), from: request.headers['x-forwarded-for'] }
      response.writeHead(201, { 'X-Kept': 'yes' }).end(JSON.stringify(said))
    })
  })
  relay.on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n')
    socket.pipe(socket)
    socket.on('error', () => socket.destroy())
  })
  relay.listen(0, '127.0.0.1')
  await once(relay, 'listening')
  return relay
}

const get = async (init: RequestInit = {}) => {
  const answer = await fetch(`http://127.0.0.1:${balancer.port}/api`, init)
  return { answer, said: (await answer.json()) as { name: string; body: string; from: string } }
}

test('newcomers are handed out in turn, and whoever has a cookie stays where it was', async () => {
  const newcomers = [await get(), await get({ method: 'POST', body: 'words' })]
  expect(newcomers.map(({ said }) => said.name)).toEqual(['one', 'two'])
  expect(newcomers[1]?.said).toMatchObject({ body: 'words', from: '127.0.0.1' })
  expect(newcomers[1]?.answer.status).toBe(201)
  expect(newcomers[1]?.answer.headers.get('x-kept')).toBe('yes')
  const [cookie = ''] = (newcomers[1]?.answer.headers.get('set-cookie') ?? '').split(';')
  for (let again = 0; again < 3; again += 1) {
    const { answer, said } = await get({ headers: { Cookie: cookie } })
    expect(said.name).toBe('two')
    expect(answer.headers.get('set-cookie')).toBeNull()
  }
})

test('a relay that is gone is passed over, and the cookie says the new one', async () => {
  relays[1]?.close()
  const { answer, said } = await get({ headers: { Cookie: 'farhand-relay=1' } })
  expect(said.name).toBe('one')
  expect(answer.headers.get('set-cookie')).toContain('farhand-relay=0')
  relays[0]?.closeAllConnections()
  relays[0]?.close()
  await expect(fetch(`http://127.0.0.1:${balancer.port}/`)).resolves.toMatchObject({ status: 502 })
})

test('an upgraded connection carries bytes both ways, and ends with either side', async () => {
  const socket = connect(balancer.port, '127.0.0.1')
  socket.write('GET /socket.io HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
  let heard = ''
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString()))
  await expect.poll(() => heard).toMatch(/^HTTP\/1.1 101/)
  socket.write('to and fro')
  await expect.poll(() => heard).toMatch(/to and fro$/)
  const closed = once(socket, 'close')
  await balancer.close()
  await closed
  balancer = await openBalancer({ host: '127.0.0.1', port: 0, relays: [] })
})

test('a client that polls without cookies stays with the relay of its address', () => {
  const polling = (remoteAddress: string, turn: number) =>
    chooseRelay({ url: '/agent.io/?EIO=4&transport=polling&sid=a', headers: {}, socket: { remoteAddress } }, 2, turn)
  expect([0, 1, 2, 3].map((turn) => polling('10.0.0.1', turn))).toEqual(Array(4).fill(polling('10.0.0.1', 0)))
  expect(polling('10.0.0.1', 0)).not.toBe(polling('10.0.0.2', 0))
})
