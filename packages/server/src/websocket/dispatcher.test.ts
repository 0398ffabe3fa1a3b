import { FarhandError, type Ack, type WireError } from '@farhand/shared'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createLogger } from '../logger.ts'
import { createLimits, guardSocket, handle, type EventHandler } from './dispatcher.ts'

/** The guard over a socket that is only its listener: what arrives is put in by hand. */
function open(handlers: Record<string, EventHandler>, isLive = true) {
  let put: (event: unknown, ...args: unknown[]) => void = () => {}
  const goodbyes: WireError[] = []
  const socket = {
    id: 's',
    connected: true,
    onAny: (listener: typeof put) => void (put = listener),
    disconnect: () => void (socket.connected = false),
  }
  guardSocket({
    socket,
    handlers: new Map(Object.entries(handlers)),
    limits: createLimits(undefined),
    isLive: () => Promise.resolve(isLive),
    goodbye: (error) => void goodbyes.push(error),
    logger: createLogger('silent'),
  })
  const ask = (event: unknown, ...args: unknown[]) =>
    new Promise<Ack>((resolve) => put(event, ...args, (answer: Ack) => resolve(answer)))
  return { socket, goodbyes, ask, put: (event: unknown, ...args: unknown[]) => put(event, ...args) }
}

const numbers = z.object({ n: z.number() })
const settle = () => new Promise((resolve) => setTimeout(resolve, 5))

test('[CON4] an answer is merged into the acknowledgement, extra arguments are ignored', async () => {
  const { ask } = open({ double: handle(numbers, ({ n }) => ({ result: n * 2 })) })
  expect(await ask('double', { n: 2 })).toEqual({ ok: true, result: 4 })
  expect(await ask('double', { n: 2, more: 1 }, 'extra', null)).toEqual({ ok: true, result: 4 })
})

test('[CON4] a wrong shape, a missing payload and an unknown event are BAD_REQUEST, without the value', async () => {
  const { ask } = open({ double: handle(numbers, ({ n }) => ({ result: n * 2 })) })
  for (const answer of [
    await ask('double', { n: 'secret' }),
    await ask('double'),
    await ask('nothing'),
    await ask(5),
  ]) {
    expect(answer).toMatchObject({ ok: false, error: { code: 'BAD_REQUEST', retryable: false } })
    expect(JSON.stringify(answer)).not.toContain('secret')
  }
  expect(await ask('__proto__', {})).toMatchObject({ error: { code: 'BAD_REQUEST' } })
})

test('[CON4] whatever a handler throws is answered, and only a code of the list goes out', async () => {
  const { ask, put, socket } = open({
    sync: handle(z.unknown(), () => {
      throw new Error('secret')
    }),
    async: handle(z.unknown(), () => Promise.reject(new Error('secret'))),
    known: handle(z.unknown(), () => Promise.reject(new FarhandError('QUEUE_FULL'))),
  })
  expect(await ask('known', {})).toMatchObject({ error: { code: 'QUEUE_FULL', retryable: true } })
  for (const event of ['sync', 'async']) {
    const answer = await ask(event, {})
    expect(answer).toMatchObject({ ok: false, error: { code: 'INTERNAL' } })
    expect(JSON.stringify(answer)).not.toContain('secret')
    put(event) // nobody to answer to
  }
  await settle()
  expect(socket.connected).toBe(true)
})

test('[CON6] an event of an ended credential is refused, not acted on, and ends the socket', async () => {
  let acted = false
  const { ask, socket, goodbyes } = open({ act: handle(z.unknown(), () => void (acted = true)) }, false)
  expect(await ask('act', {})).toMatchObject({ error: { code: 'UNAUTHENTICATED' } })
  await settle()
  expect([acted, socket.connected, goodbyes[0]?.code]).toEqual([false, false, 'UNAUTHENTICATED'])
})

test('[CON4] a socket that sends nothing but nonsense is closed, and hears nothing after', async () => {
  let acted = 0
  const { put, socket, goodbyes } = open({ act: handle(numbers, () => void acted++) })
  for (let sent = 0; sent < 21; sent++) put('act', 'nonsense')
  await settle()
  expect([socket.connected, goodbyes[0]?.code]).toEqual([false, 'BAD_REQUEST'])
  put('act', { n: 1 })
  await settle()
  expect(acted).toBe(0)
})

test('a refusal without an acknowledgement is told in the event’s own way', async () => {
  const told: string[] = []
  const { put } = open({
    act: handle(
      numbers,
      () => {},
      (error) => told.push(error.code),
    ),
  })
  put('act', { n: 1 })
  put('act', 'wrong')
  await settle()
  expect(told).toEqual(['BAD_REQUEST'])
})
