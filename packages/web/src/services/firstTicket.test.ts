// @vitest-environment node
import { afterEach, expect, test, vi } from 'vitest'
import { buyTicket } from './api.ts'
import { askFirstTicket, takeFirstTicket } from './firstTicket.ts'

afterEach(() => vi.unstubAllGlobals())

/** A relay that sells one ticket after the other. */
function sell(): { asked: () => number } {
  const answers = vi.fn(() => Promise.resolve(Response.json({ ok: true, ticket: `t${answers.mock.calls.length}` })))
  vi.stubGlobal('fetch', answers)
  return { asked: () => answers.mock.calls.length }
}

test('the first ticket is the one that was asked for early, the next one is another', async () => {
  const relay = sell()
  askFirstTicket()
  expect(relay.asked()).toBe(1)
  expect(await buyTicket()).toBe('t1')
  expect(relay.asked()).toBe(1)
  expect(await buyTicket()).toBe('t2')
})

test('one that may have grown too old is not used', () => {
  sell()
  askFirstTicket(0)
  expect(takeFirstTicket(20_000)).toBeUndefined()
})

test('a network that fails is told to whoever takes it, as with every other', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new Error('no network')))
  askFirstTicket()
  await expect(buyTicket()).rejects.toThrow('no network')
})
