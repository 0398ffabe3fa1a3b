import { describe, expect, test } from 'vitest'
import { seededRandom } from '../testing/random.ts'
import { socketPair } from '../testing/socketPair.ts'
import { markSent, nextToSend, openOutbox, stepOutbox, type Outbox, type OutboxInput } from './outbox.ts'

const LIMITS = { window: 10, batch: 4 }

function run(outbox: Outbox, ...inputs: OutboxInput[]): Outbox {
  return inputs.reduce((state, input) => stepOutbox(state, input).outbox, outbox)
}

test('[AG4] nothing leaves while the link is down, and the oldest leaves first', () => {
  const spooled = run(openOutbox(0, 0), { type: 'appended', last: 6 })
  expect(nextToSend(spooled, LIMITS)).toBeUndefined()
  const connected = run(spooled, { type: 'connected', held: 0 })
  expect(nextToSend(connected, LIMITS)).toEqual({ from: 1, to: 4 })
  expect(nextToSend(markSent(connected, 4), LIMITS)).toEqual({ from: 5, to: 6 })
  expect(nextToSend(markSent(connected, 6), LIMITS)).toBeUndefined()
})

test('[AG4] a batch never passes the window of what is not acknowledged', () => {
  const outbox = markSent(run(openOutbox(0, 20), { type: 'connected', held: 0 }), 8)
  expect(nextToSend(outbox, LIMITS)).toEqual({ from: 9, to: 10 })
  expect(nextToSend(markSent(outbox, 10), LIMITS)).toBeUndefined()
  const relieved = run(markSent(outbox, 10), { type: 'acked', upTo: 9 })
  expect(nextToSend(relieved, LIMITS)).toEqual({ from: 11, to: 14 })
})

test('[AG4] an acknowledgement forgets up to its number, once', () => {
  const outbox = markSent(run(openOutbox(0, 5), { type: 'connected', held: 0 }), 5)
  const first = stepOutbox(outbox, { type: 'acked', upTo: 3 })
  expect(first.outputs).toEqual([{ type: 'forget', upTo: 3 }])
  expect(stepOutbox(first.outbox, { type: 'acked', upTo: 2 }).outputs).toEqual([])
})

test('[AG4] after a reconnect sending begins after what the other end holds', () => {
  const outbox = markSent(run(openOutbox(0, 9), { type: 'connected', held: 0 }), 9)
  const back = stepOutbox(run(outbox, { type: 'disconnected' }), { type: 'connected', held: 6 })
  expect(back.outputs).toEqual([{ type: 'forget', upTo: 6 }])
  expect(nextToSend(back.outbox, LIMITS)).toEqual({ from: 7, to: 9 })
})

test('[AG4] a gap sends again from what the other end holds', () => {
  const outbox = run(markSent(run(openOutbox(0, 9), { type: 'connected', held: 0 }), 9), { type: 'gap', held: 2 })
  expect(nextToSend(outbox, LIMITS)).toEqual({ from: 3, to: 6 })
})

test('[LOG2] an other end that holds numbers never given out has diverged', () => {
  const step = stepOutbox(openOutbox(0, 3), { type: 'connected', held: 4 })
  expect(step.outputs).toEqual([{ type: 'diverged', held: 4, last: 3 }])
  expect(nextToSend(step.outbox, LIMITS)).toBeUndefined()
})

describe('over a link that is cut at random', () => {
  test.each(Array.from({ length: 60 }, (_, seed) => seed))(
    '[AG4] every number arrives once and in order, seed %i',
    (seed) => {
      expect(deliverOverBadLink(seed)).toEqual(Array.from({ length: 120 }, (_, index) => index + 1))
    },
  )
})

/** What a receiver holds that takes only the next number, as the relay does. */
function deliverOverBadLink(seed: number): number[] {
  const random = seededRandom(seed)
  type Up = { from: number; to: number }
  type Down = { type: 'acked'; upTo: number } | { type: 'gap'; held: number }
  const link = socketPair<Up, Down>()
  const log: number[] = []
  let outbox = openOutbox(0, 0)
  link.server.onMessage(({ from, to }) => {
    if (from > log.length + 1) return link.server.send({ type: 'gap', held: log.length })
    for (let n = log.length + 1; n <= to; n += 1) log.push(n)
    link.server.send({ type: 'acked', upTo: log.length })
  })
  link.client.onMessage((message) => {
    outbox = run(outbox, message)
  })
  for (let round = 0; round < 4_000 && outbox.acked < 120; round += 1) {
    if (outbox.last < 120 && random.chance(0.5)) outbox = run(outbox, { type: 'appended', last: outbox.last + 1 })
    if (!outbox.connected && random.chance(0.6)) outbox = run(outbox, { type: 'connected', held: log.length })
    const next = nextToSend(outbox, LIMITS)
    if (next !== undefined && random.chance(0.7)) {
      link.client.send(next)
      outbox = markSent(outbox, next.to)
    }
    link.flushToServer(random.int(3))
    link.flushToClient(random.int(3))
    if (outbox.connected && random.chance(0.03)) {
      link.cut()
      outbox = run(outbox, { type: 'disconnected' })
    }
  }
  return log
}
