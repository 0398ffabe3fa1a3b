// @vitest-environment node
import { FarhandError } from '@farhand/shared'
import { expect, test, vi } from 'vitest'
import { buildWelcome, handClock, settle } from '../testing/world.ts'
import { OVERDUE_MS, PROBE_INTERVAL_MS, WAKE_OVERDUE_MS } from './probing.ts'
import { openRelay, STABLE_MS } from './relay.ts'
import type { Connection, DialOptions } from './websocket.ts'

/** A relay over a network that a test opens and closes. */
function buildWorld() {
  const hand = handClock()
  const dialled: DialOptions[] = []
  let tickets = 0
  let answerLate = (): void => {}
  const network = { up: true, online: true, signedIn: true, silent: false, slow: false, questions: 0 }
  const relay = openRelay({
    url: '',
    rules: { baseMs: 250, maxAttempts: 0 },
    clock: hand.clock,
    schedule: hand.schedule,
    random: () => 1,
    isOnline: () => network.online,
    buyTicket() {
      if (!network.signedIn) return Promise.reject(new FarhandError('UNAUTHENTICATED'))
      tickets += 1
      return Promise.resolve(`ticket-${tickets}`)
    },
    dial(options): Promise<Connection> {
      dialled.push(options)
      if (!network.up) return Promise.reject(new FarhandError('INTERNAL', 'unreachable'))
      return Promise.resolve({
        welcome: buildWelcome(),
        ask: () => {
          network.questions += 1
          if (network.slow) return new Promise((resolve) => (answerLate = () => resolve({ ok: true } as never)))
          if (network.silent) return Promise.reject(new FarhandError('INTERNAL', 'no answer'))
          return Promise.resolve({ ok: true, serverTime: 0 } as never)
        },
        close: () => {},
      })
    },
  })
  return {
    ...hand,
    relay,
    network,
    dialled,
    lose: () => dialled.at(-1)?.onLost('transport close'),
    answer: () => answerLate(),
  }
}

test('[CON3] each attempt has a new ticket, and waiting ends with the next attempt', async () => {
  const world = buildWorld()
  await settle()
  expect(world.relay.status().name).toBe('connected')
  await world.pass(STABLE_MS)
  world.network.up = false
  world.lose()
  expect(world.relay.status()).toMatchObject({ name: 'waiting', attempt: 1 })
  await world.pass(250)
  expect(world.relay.status()).toMatchObject({ name: 'waiting', attempt: 2 })
  world.network.up = true
  await world.pass(500)
  expect(world.relay.status().name).toBe('connected')
  expect(world.dialled.map((options) => options.ticket)).toEqual(['ticket-1', 'ticket-2', 'ticket-3'])
  world.relay.close()
})

test('[CON3] waking up and Retry now attempt at once', async () => {
  const world = buildWorld()
  await settle()
  world.network.up = false
  world.lose()
  await world.pass(60_000)
  expect(world.relay.status().name).toBe('waiting')
  world.network.up = true
  world.relay.wake()
  await settle()
  expect(world.relay.status().name).toBe('connected')
  world.network.up = false
  world.lose()
  await world.pass(60_000)
  world.network.up = true
  world.relay.retryNow()
  await settle()
  expect(world.relay.status().name).toBe('connected')
  world.relay.close()
})

test('a link that is open but silent is dropped and dialled again', async () => {
  const world = buildWorld()
  await world.pass(0)
  world.network.silent = true
  world.network.up = false
  await world.pass(PROBE_INTERVAL_MS)
  expect(world.relay.status().name).toBe('waiting')
  world.relay.close()
})

test('after the login ended nothing is tried any more', async () => {
  const world = buildWorld()
  await settle()
  world.network.signedIn = false
  world.dialled.at(-1)?.onEvent('goodbye', { code: 'UNAUTHENTICATED', message: 'signed out' })
  world.lose()
  expect(world.relay.status()).toEqual({ name: 'signed-out' })
  await world.pass(600_000)
  expect(world.dialled).toHaveLength(1)
  world.relay.close()
})

test('a restart that was announced is waited for as long as the relay asks', async () => {
  const world = buildWorld()
  await settle()
  await world.pass(STABLE_MS)
  const before = world.clock.now()
  world.dialled.at(-1)?.onEvent('goodbye', { code: 'INTERNAL', message: 'restart', retryAfterMs: 500 })
  world.lose()
  expect(world.relay.status()).toEqual({ name: 'waiting', attempt: 1, until: before + 750 })
  world.relay.close()
})

test('a relay that accepts and drops is not hammered', async () => {
  const world = buildWorld()
  await settle()
  for (let round = 0; round < 10; round += 1) {
    world.lose()
    const status = world.relay.status()
    if (status.name === 'waiting' && status.until !== null) await world.pass(status.until - world.clock.now())
  }
  expect(world.relay.status().name).toBe('connected')
  world.lose()
  const status = world.relay.status()
  expect(status).toMatchObject({ name: 'waiting', attempt: 12, until: world.clock.now() + 15_000 })
  world.relay.close()
})

test('what an old connection still says is not heard', async () => {
  const world = buildWorld()
  const heard: string[] = []
  world.relay.on('goodbye', ({ code }) => heard.push(code))
  await settle()
  const old = world.dialled.at(-1)
  world.relay.retryNow()
  await settle()
  old?.onEvent('goodbye', { code: 'INTERNAL', message: 'late' })
  old?.onLost('late')
  expect(heard).toEqual([])
  expect(world.relay.status().name).toBe('connected')
  world.relay.close()
})

test('[CON1] a question without a connection is refused, not kept', async () => {
  const world = buildWorld()
  await expect(world.relay.ask('probe', {})).rejects.toMatchObject({ code: 'INTERNAL' })
  await settle()
  await expect(world.relay.ask('probe', {})).resolves.toMatchObject({ ok: true })
  world.relay.close()
})

test('waking up often does not add probes', async () => {
  const world = buildWorld()
  await world.pass(0)
  for (let wake = 0; wake < 20; wake += 1) world.relay.wake()
  await settle()
  world.network.questions = 0
  await world.pass(6 * PROBE_INTERVAL_MS)
  expect(world.network.questions).toBe(6)
  world.relay.close()
})

test('an answer that is overdue is told, and that it came', async () => {
  const world = buildWorld()
  const heard: boolean[] = []
  world.relay.onOverdue((overdue) => heard.push(overdue))
  await settle()
  await world.pass(0)
  world.network.slow = true
  await world.pass(PROBE_INTERVAL_MS + OVERDUE_MS - 1)
  expect(heard).toEqual([])
  await world.pass(1)
  expect(heard).toEqual([true])
  world.answer()
  await settle()
  expect(heard).toEqual([true, false])
  world.relay.wake()
  await world.pass(WAKE_OVERDUE_MS)
  expect(heard).toEqual([true, false, true])
  world.lose()
  expect(heard).toEqual([true, false, true, false])
  world.relay.close()
})

test('a listener that fails takes nothing from the others', async () => {
  const world = buildWorld()
  const heard: number[] = []
  vi.spyOn(console, 'error').mockReturnValue()
  world.relay.on('heads', () => {
    throw new Error('broken')
  })
  world.relay.on('heads', ({ serverTime }) => heard.push(serverTime))
  await settle()
  world.dialled.at(-1)?.onEvent('heads', { serverTime: 5, logEpoch: 'log-1', heads: {} })
  expect(heard).toEqual([5])
  world.relay.close()
})
