import { once } from 'node:events'
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'

/**
 * What stands before several relays: any balancer will do that passes WebSockets on and, for whoever polls, stays with one
 * relay. This one does it with a cookie, as most do.
 */
export type Balancer = { port: number; close(): Promise<void> }

export type BalancerOptions = {
  host: string
  /** 0: any. */
  port: number
  /** Of the relays, on this machine. */
  relays: readonly number[]
}

const COOKIE = 'farhand-relay'

export async function openBalancer({ host, port, relays }: BalancerOptions): Promise<Balancer> {
  let turn = 0
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    pass(request, response, relays, chooseRelay(request, relays.length, turn++)).catch(() => refuse(response))
  })
  server.on('upgrade', (request, socket, head) => {
    const near = socket as Socket // Node says Duplex, and means what it accepted
    const first = chooseRelay(request, relays.length, turn++)
    passUpgrade(request, near, head, relays, first).catch(() => near.destroy())
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' ? (address?.port ?? port) : port,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/**
 * The relay that the cookie names. Whoever brings none gets the next one, but a client that polls the one of its address:
 * what it asks belongs to one session of Engine.IO, and only one relay knows that.
 */
export function chooseRelay(
  {
    url = '',
    headers,
    socket,
  }: Pick<IncomingMessage, 'url' | 'headers'> & { socket: { remoteAddress?: string | undefined } },
  count: number,
  turn: number,
): number {
  const named = COOKIE_VALUE.exec(headers.cookie ?? '')?.[1]
  if (named !== undefined && Number(named) < count) return Number(named)
  if (!POLLING.test(url)) return turn % count
  const sum = [...(socket.remoteAddress ?? '')].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0)
  return sum % count
}

const COOKIE_VALUE = new RegExp(`(?:^|;\\s*)${COOKIE}=(\\d+)`)
const POLLING = /[?&]transport=polling(&|$)/

async function pass(request: IncomingMessage, response: ServerResponse, relays: readonly number[], first: number) {
  const { far, relay } = await dial(relays, first)
  const { method, url, headers } = request
  const asked = ask({ createConnection: () => far, method, path: url, headers: forwarded(request) })
  asked.once('error', () => refuse(response))
  asked.once('response', (answer) => {
    const isNamed = COOKIE_VALUE.exec(headers.cookie ?? '')?.[1] === String(relay)
    const cookie = isNamed ? [] : ['Set-Cookie', `${COOKIE}=${relay}; Path=/; HttpOnly; SameSite=Lax`]
    response.writeHead(answer.statusCode ?? 502, [...answer.rawHeaders, ...cookie])
    answer.pipe(response)
    answer.once('error', () => response.destroy())
  })
  response.once('close', () => asked.destroy())
  request.pipe(asked)
}

async function passUpgrade(
  request: IncomingMessage,
  near: Socket,
  head: Buffer,
  relays: readonly number[],
  first: number,
): Promise<void> {
  near.once('error', () => near.destroy())
  const { far } = await dial(relays, first)
  const lines = Object.entries(forwarded(request)).map(([name, value]) => `${name}: ${[value].flat().join(', ')}`)
  far.write(`${request.method} ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
  far.write(head)
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    one.pipe(other)
    one.once('close', () => other.destroy())
    one.once('error', () => other.destroy())
  }
}

function forwarded({ headers, socket }: IncomingMessage): IncomingMessage['headers'] {
  const before = headers['x-forwarded-for']
  return { ...headers, 'x-forwarded-for': [before, socket.remoteAddress].flat().filter(Boolean).join(', ') }
}

/** The wanted relay, or the next one that takes connections. Nothing was said yet, so nothing can be done twice. */
async function dial(relays: readonly number[], first: number): Promise<{ far: Socket; relay: number }> {
  for (let tried = 0; tried < relays.length; tried += 1) {
    const relay = (first + tried) % relays.length
    const far = connect(relays[relay] ?? 0, '127.0.0.1').setNoDelay(true)
    const isThere = await once(far, 'connect').then(
      () => true,
      () => false,
    )
    if (isThere) return { far, relay }
  }
  throw new Error('no relay takes connections')
}

function refuse(response: ServerResponse): void {
  if (response.headersSent) response.destroy()
  else response.writeHead(502, { 'Content-Type': 'text/plain' }).end('No relay takes connections.\n')
}
