import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openProxy, type Proxy } from './proxy.ts'

/** An echo that keeps what each connection said. */
let proxy: Proxy
let heard: { socket: Socket; text: string; ended: boolean }[]
let closeTarget: () => Promise<void>

beforeEach(async () => {
  heard = []
  const server = createServer((socket) => {
    const one = { socket, text: '', ended: false }
    heard.push(one)
    socket.on('data', (bytes: Buffer) => {
      one.text += bytes.toString()
      socket.write(bytes)
    })
    socket.on('end', () => (one.ended = true))
    socket.on('error', () => (one.ended = true))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  proxy = await openProxy({ host: '127.0.0.1', port })
  closeTarget = async () => {
    for (const { socket } of heard) socket.destroy()
    server.close()
    await once(server, 'close')
  }
})

afterEach(async () => {
  await proxy.close()
  await closeTarget()
})

test('what goes in comes out, both ways and in order', async () => {
  const client = await dial()
  const text = 'a line of text\n'.repeat(20_000)
  client.socket.write(text)
  await expect.poll(() => client.text.length).toBe(text.length)
  expect(client.text).toBe(text)
})

test.each(['rst', 'fin'] as const)('a cut by %s ends both sides, and the next connection works', async (how) => {
  const client = await dial('hello')
  proxy.cut(how)
  await expect.poll(() => client.over).toBe(how === 'rst' ? 'ECONNRESET' : 'end')
  await expect.poll(() => heard[0]?.ended).toBe(true)
  await dial('again')
  expect(proxy.counts.cuts).toBe(1)
})

test('a half-open connection says nothing and does not end, until it is healed', async () => {
  const client = await dial('hello')
  proxy.halfOpen()
  client.socket.write('into the void')
  heard[0]?.socket.write('never heard')
  const other = await dial('works')
  expect(client.text).toBe('hello')
  expect(heard[0]?.text).toBe('hello')
  heard[0]?.socket.destroy() // one side notices by itself; the other must not hear of it
  await sleep(100)
  expect(client.over).toBeUndefined()
  proxy.heal()
  await expect.poll(() => client.over).toBeDefined()
  expect(other.over).toBeUndefined()
})

test.each(['refused', 'silent'] as const)(
  'shut (%s), it lets nobody through, and everybody when it is healed',
  async (how) => {
    const before = await dial('hello')
    proxy.shut(how)
    before.socket.write('into the void')
    const knocking = connect(proxy.port, '127.0.0.1')
    let over = false
    knocking.on('close', () => (over = true)).on('error', () => {})
    knocking.write('anybody?')
    if (how === 'refused') await expect.poll(() => over && before.over).toBe('ECONNRESET')
    else {
      await expect.poll(() => heard.length).toBe(2)
      await sleep(100)
    }
    expect([before.text, heard.map(({ text }) => text).join()]).toEqual([
      'hello',
      how === 'silent' ? 'hello,' : 'hello',
    ])
    proxy.heal()
    await expect.poll(() => over && before.over).toBeDefined()
    await dial('again')
  },
)

test('a delay holds everything back for as long, in order', async () => {
  const client = await dial('first')
  proxy.delay(150)
  const at = performance.now()
  client.socket.write('second')
  await expect.poll(() => client.text, { interval: 5 }).toBe('firstsecond')
  expect(performance.now() - at).toBeGreaterThanOrEqual(290) // there and back
})

test('what is in a lost packet comes later, and everything behind it stays in order', async () => {
  let asked = 0
  const random = () => ((asked += 1) % 2 === 0 ? 0.99 : 0.6) // the jitter, then lost, and not again

  const lossy = await openProxy({ host: '127.0.0.1', port: proxy.port }, { random })
  lossy.lose(50)
  const socket = connect(lossy.port, '127.0.0.1')
  let text = ''
  socket.on('data', (bytes: Buffer) => (text += bytes.toString()))
  const at = performance.now()
  for (const line of LINES) {
    socket.write(line)
    await sleep(5)
  }
  await expect.poll(() => text, { timeout: 5_000 }).toBe(LINES.join(''))
  expect(lossy.counts.losses).toBeGreaterThan(0)
  expect(performance.now() - at).toBeGreaterThan(190)
  await lossy.close()
})

const LINES = Array.from({ length: 20 }, (_, index) => `line ${index}\n`)

test('a connection on which nothing is said is ended, one that talks is not', async () => {
  const impatient = await openProxy({ host: '127.0.0.1', port: proxy.port }, { idleMs: 300 })
  const socket = connect(impatient.port, '127.0.0.1')
  const ended = once(socket, 'end')
  socket.resume()
  for (let index = 0; index < 5; index += 1) {
    socket.write('still here')
    await sleep(100)
  }
  expect(impatient.counts.idles).toBe(0)
  await ended
  expect(impatient.counts.idles).toBe(1)
  await impatient.close()
})

test('a throttle lets so many bytes a second through', async () => {
  const client = await dial('x')
  proxy.throttle(20_000)
  const at = performance.now()
  client.socket.write('y'.repeat(10_000))
  await expect.poll(() => heard[0]?.text.length, { interval: 5, timeout: 3_000 }).toBe(10_001)
  expect(performance.now() - at).toBeGreaterThanOrEqual(440) // 1,000 at once, and then every 50 ms
})

test('a truncation passes exactly so many bytes on and resets', async () => {
  const client = await dial('hello')
  proxy.truncate('up', 7)
  client.socket.write('0123456789')
  await expect.poll(() => client.over).toBeDefined()
  await expect.poll(() => heard[0]?.text).toBe('hello0123456')
  expect(proxy.counts.truncations).toBe(1)
})

test('a duplicated opening says the first bytes again on a connection of its own, answered to nobody', async () => {
  const client = await dial('opening')
  proxy.duplicateOpenings()
  await expect.poll(() => heard.map(({ text }) => text)).toEqual(['opening', 'opening'])
  expect(client.text).toBe('opening')
})

type Client = { socket: Socket; text: string; over: string | undefined }

async function dial(greeting = ''): Promise<Client> {
  const socket = connect(proxy.port, '127.0.0.1')
  const client: Client = { socket, text: '', over: undefined }
  socket.on('data', (bytes: Buffer) => (client.text += bytes.toString()))
  socket.on('end', () => (client.over ??= 'end'))
  socket.on('error', (error: NodeJS.ErrnoException) => (client.over ??= error.code ?? 'error'))
  await once(socket, 'connect')
  if (greeting !== '') {
    socket.write(greeting)
    await expect.poll(() => client.text).toBe(greeting)
  }
  return client
}
