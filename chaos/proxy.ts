import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'

/** What a proxy did, for the report and for replays of a connection's opening. */
export type ProxyCounts = {
  connections: number
  cuts: number
  halfOpens: number
  truncations: number
  duplicates: number
  /** Pieces that were held back as if a packet of them had been lost. */
  losses: number
  /** Connections that were ended because nothing was said. */
  idles: number
}

/**
 * One hop's TCP, with a person in the middle who means harm. It knows no protocol: bytes go in, fewer bytes come out.
 * What is done to open connections stays done; `delay` and `throttle` hold for all until `heal`.
 */
export type Proxy = {
  port: number
  counts: Readonly<ProxyCounts>
  /** Ends all open connections: `rst` as a crash does, `fin` as a polite peer. */
  cut(how: 'rst' | 'fin'): void
  /** All open connections stay open and carry nothing more, in either direction; new ones work. */
  halfOpen(): void
  /** Each piece is passed on so much later, and up to `jitterMs` more, in order. */
  delay(ms: number, jitterMs?: number): void
  /**
   * As TCP does when packets get lost, for whoever looks from above: what was in a lost packet, and all behind it,
   * comes when it has been sent again, a fifth of a second later, and twice as late with every further loss of it.
   */
  lose(percent: number): void
  /** So many bytes a second and direction, per connection. */
  throttle(bytesPerSecond: number): void
  /** Each open connection passes on `bytes` more in this direction, then it is reset: in the middle of a frame. */
  truncate(direction: Direction, bytes: number): void
  /** Says again, on connections of their own, what the open ones sent first. What is answered there goes nowhere. */
  duplicateOpenings(): void
  /** From now on nobody gets through, whoever is connected or dials: they are reset, or hear nothing at all. */
  shut(how: 'refused' | 'silent'): void
  /** Nothing is done to connections any more; those that are half open are ended. */
  heal(): void
  close(): Promise<void>
}

/** `up`: from the one who dialled to the relay. */
export type Direction = 'up' | 'down'

/** Enough for an upgrade, the handshake and a hello. */
const OPENING_BYTES = 64 * 1024
/** How long a duplicated opening may stand. */
const DUPLICATE_LIFE_MS = 2_000
/** How often a throttled direction may send a part. */
const THROTTLE_STEP_MS = 50
/** What fits into a packet, and how long a sender waits at least before it sends one again. */
const PACKET_BYTES = 1_448
const RESEND_MS = 200
const MAX_RESEND_MS = 3_200

export type ProxyOptions = {
  /** A connection on which nothing is said for so long is ended, as many proxies do. @default never */
  idleMs?: number
  random?: () => number
}

export type Target = { host: string; port: number }

/** @param target where connections lead; asked for each one where there are several */
export async function openProxy(target: Target | (() => Target), options: ProxyOptions = {}): Promise<Proxy> {
  const state: State = {
    targetNow: typeof target === 'function' ? target : () => target,
    idleMs: options.idleMs ?? 0,
    random: options.random ?? Math.random,
    pairs: new Set(),
    duplicates: new Set(),
    weather: { ...FAIR },
    shut: undefined,
    counts: { connections: 0, cuts: 0, halfOpens: 0, truncations: 0, duplicates: 0, losses: 0, idles: 0 },
  }
  // Half-closing is passed on by hand, so that a FIN of one side is not a FIN of both.
  const server = createServer({ allowHalfOpen: true }, (near) => accept(state, near))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a listening TCP server has one
  return {
    port,
    counts: state.counts,
    cut(how) {
      for (const pair of state.pairs) cutPair(state, pair, how)
    },
    halfOpen: () => deafen(state),
    shut(how) {
      state.shut = how
      if (how === 'silent') deafen(state)
      else for (const pair of state.pairs) cutPair(state, pair, 'rst')
    },
    delay: (ms, jitterMs = 0) => void Object.assign(state.weather, { delayMs: ms, jitterMs }),
    lose: (percent) => void (state.weather.lossPercent = percent),
    throttle: (bytesPerSecond) => void (state.weather.bytesPerSecond = bytesPerSecond),
    truncate(direction, bytes) {
      for (const pair of state.pairs) pair[direction].left = bytes
    },
    duplicateOpenings() {
      for (const pair of state.pairs) duplicate(state, pair)
    },
    heal() {
      state.weather = { ...FAIR }
      state.shut = undefined
      for (const pair of state.pairs) {
        pair.up.left = pair.down.left = Infinity
        if (pair.dead) endPair(state, pair)
      }
    },
    async close() {
      for (const pair of state.pairs) endPair(state, pair)
      for (const socket of state.duplicates) socket.destroy()
      server.close()
      if (server.listening) await once(server, 'close')
    },
  }
}

type Weather = { delayMs: number; jitterMs: number; lossPercent: number; bytesPerSecond: number }
const FAIR: Weather = { delayMs: 0, jitterMs: 0, lossPercent: 0, bytesPerSecond: 0 }

type State = {
  targetNow(): Target
  idleMs: number
  random: () => number
  pairs: Set<Pair>
  duplicates: Set<Socket>
  weather: Weather
  shut: 'refused' | 'silent' | undefined
  counts: ProxyCounts
}

/** One connection: the socket of who dialled, the socket to the relay, and a lane each way. */
type Pair = {
  target: Target
  near: Socket
  far: Socket
  dead: boolean
  opening: Buffer[]
  openingBytes: number
  up: Lane
  down: Lane
}

/** What waits to be passed on, and when; `left` is how many bytes may still pass. */
type Lane = {
  from: Socket
  to: Socket
  waiting: Piece[]
  timer: NodeJS.Timeout | undefined
  left: number
  freeAt: number
}
type Piece = { bytes: Buffer | 'end'; dueAt: number }

function deafen({ pairs, counts }: State): void {
  for (const pair of pairs) {
    if (!pair.dead) counts.halfOpens += 1
    pair.dead = true
  }
}

function accept(state: State, near: Socket): void {
  if (state.shut === 'refused') return void near.resetAndDestroy()
  const target = state.targetNow()
  const far = connect({ ...target, allowHalfOpen: true })
  near.setNoDelay(true)
  far.setNoDelay(true)
  const pair: Pair = {
    target,
    near,
    far,
    dead: state.shut === 'silent',
    opening: [],
    openingBytes: 0,
    up: lane(near, far),
    down: lane(far, near),
  }
  state.pairs.add(pair)
  state.counts.connections += 1
  carry(state, pair, 'up')
  carry(state, pair, 'down')
  if (state.idleMs > 0) {
    near.setTimeout(state.idleMs, () => {
      const { bytesRead } = near
      // Where this process stood still, what was said meanwhile is read after the timers.
      setImmediate(() => {
        if (near.bytesRead > bytesRead) return
        state.counts.idles += 1
        cutPair(state, pair, 'fin')
      })
    })
  }
  for (const socket of [near, far]) {
    socket.on('error', () => lost(state, pair))
    socket.on('close', () => lost(state, pair))
  }
}

function lane(from: Socket, to: Socket): Lane {
  return { from, to, waiting: [], timer: undefined, left: Infinity, freeAt: 0 }
}

function carry(state: State, pair: Pair, direction: Direction): void {
  const { from } = pair[direction]
  from.on('data', (bytes: Buffer) => {
    if (direction === 'up' && pair.openingBytes < OPENING_BYTES) {
      pair.opening.push(bytes)
      pair.openingBytes += bytes.length
    }
    take(state, pair, direction, bytes)
  })
  from.on('end', () => take(state, pair, direction, 'end'))
}

function take(state: State, pair: Pair, direction: Direction, bytes: Buffer | 'end'): void {
  if (pair.dead) return // read and forgotten: the sender's kernel goes on believing in the connection
  const way = pair[direction]
  way.waiting.push({ bytes, dueAt: performance.now() + underWayMs(state, bytes) })
  if (way.timer === undefined) pass(state, pair, direction)
}

function underWayMs({ weather, random, counts }: State, bytes: Buffer | 'end'): number {
  const { delayMs, jitterMs, lossPercent } = weather
  const packets = bytes === 'end' ? 1 : Math.ceil(bytes.length / PACKET_BYTES)
  const lossChance = lossPercent / 100
  const arrives = (1 - lossChance) ** packets
  let ms = delayMs + random() * jitterMs
  // Of many packets one is lost sooner; what is sent again is that one alone.
  for (let [resendMs, lost] = [RESEND_MS, random() >= arrives]; lost; lost = random() < lossChance) {
    counts.losses += 1
    ms += resendMs
    resendMs = Math.min(2 * resendMs, MAX_RESEND_MS)
  }
  return ms
}

/** Passes on what is due; what is too much for now goes later. */
function pass(state: State, pair: Pair, direction: Direction): void {
  const way = pair[direction]
  way.timer = undefined
  while (!pair.dead && state.pairs.has(pair)) {
    const [piece] = way.waiting
    if (piece === undefined) return
    const waitMs = Math.max(piece.dueAt, way.freeAt) - performance.now()
    if (waitMs > 0) {
      way.timer = setTimeout(() => pass(state, pair, direction), waitMs)
      return
    }
    if (piece.bytes === 'end') {
      way.waiting.shift()
      way.to.end()
    } else {
      sendPart(state, pair, way, piece)
    }
  }
}

function sendPart(state: State, pair: Pair, way: Lane, piece: Piece & { bytes: Buffer | 'end' }): void {
  if (piece.bytes === 'end') return
  const { bytesPerSecond } = state.weather
  const room = bytesPerSecond > 0 ? Math.max(1, Math.floor((bytesPerSecond * THROTTLE_STEP_MS) / 1000)) : Infinity
  const size = Math.min(piece.bytes.length, room, way.left)
  way.to.write(piece.bytes.subarray(0, size))
  way.left -= size
  if (bytesPerSecond > 0) way.freeAt = performance.now() + THROTTLE_STEP_MS
  if (size === piece.bytes.length) way.waiting.shift()
  else piece.bytes = piece.bytes.subarray(size)
  if (way.left > 0) return
  state.counts.truncations += 1
  // What was written before has to leave first, or the cut would be somewhere else.
  setImmediate(() => resetPair(state, pair))
  pair.dead = true
}

function cutPair(state: State, pair: Pair, how: 'rst' | 'fin'): void {
  state.counts.cuts += 1
  if (how === 'rst') resetPair(state, pair)
  else {
    pair.dead = true
    pair.near.end()
    pair.far.end()
    setTimeout(() => endPair(state, pair), DUPLICATE_LIFE_MS).unref()
  }
}

function resetPair(state: State, pair: Pair): void {
  forget(state, pair)
  pair.near.resetAndDestroy()
  pair.far.resetAndDestroy()
}

/** One side is gone. Of a half-open connection the other side must not hear of it. */
function lost(state: State, pair: Pair): void {
  if (pair.dead && (!pair.near.destroyed || !pair.far.destroyed)) return
  endPair(state, pair)
}

function endPair(state: State, pair: Pair): void {
  forget(state, pair)
  pair.near.destroy()
  pair.far.destroy()
}

function forget(state: State, pair: Pair): void {
  state.pairs.delete(pair)
  clearTimeout(pair.up.timer)
  clearTimeout(pair.down.timer)
}

function duplicate(state: State, { target, opening }: Pair): void {
  const again = connect(target)
  state.duplicates.add(again)
  state.counts.duplicates += 1
  again.on('error', () => again.destroy())
  again.on('close', () => state.duplicates.delete(again))
  again.on('data', () => {}) // read, so that the relay can say what it likes
  again.write(Buffer.concat(opening))
  setTimeout(() => again.destroy(), DUPLICATE_LIFE_MS).unref()
}
