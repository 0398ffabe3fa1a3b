import { randomUUID } from 'node:crypto'
import type { CommandResponse } from '@farhand/shared'
import { seededRandom } from '@farhand/shared/testing'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../test/temporary.ts'
import { openSpool, type Spool } from '../spool/spool.ts'
import { createDrain, type Drain } from './drain.ts'

const commit = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

/** A relay that keeps what follows, names gaps, and can be cut off with messages under way in both directions. */
function relay() {
  const logs = new Map<string, CommandResponse[]>()
  let toRelay: CommandResponse[][] = []
  let toAgent: ((drain: Drain) => void)[] = []
  const log = (sessionId: string): CommandResponse[] => {
    const known = logs.get(sessionId) ?? []
    logs.set(sessionId, known)
    return known
  }
  return {
    log,
    send: (batch: CommandResponse[]) => void toRelay.push(batch),
    hear() {
      for (const response of toRelay.shift() ?? []) {
        const { sessionId, n } = response
        const held = log(sessionId)
        if (n === held.length + 1) held.push(response)
        const { length } = held
        toAgent.push(n > length ? (drain) => drain.gap(sessionId, length) : (drain) => drain.acked(sessionId, n))
      }
    },
    answer: (drain: Drain) => toAgent.shift()?.(drain),
    lose: () => toRelay.shift(),
    cut() {
      toRelay = []
      toAgent = []
    },
    held: () => [...logs].map(([sessionId, { length }]) => ({ sessionId, lastN: length })),
    quiet: () => toRelay.length === 0 && toAgent.length === 0,
  }
}

test.for([1, 2, 3, 4, 5])(
  '[AG4] whatever is cut, lost and restarted, the log is dense and in order (seed %i)',
  async (seed) => {
    const random = seededRandom(seed)
    const directory = temporaryDirectory()
    const sessions = [randomUUID(), randomUUID()]
    const said = new Map(sessions.map((sessionId) => [sessionId, 0]))
    const other = relay()
    let spool: Spool = openSpool(directory, Date)
    let drain = createDrain(spool.outbox, () => {})

    for (let step = 0; step < 300; step += 1) {
      const choice = random.next()
      if (choice < 0.4) {
        const sessionId = random.pick(sessions)
        const n = (said.get(sessionId) ?? 0) + 1
        said.set(sessionId, n)
        spool.outbox.append(sessionId, sessionId, 0, [{ kind: 'text', data: `${n}`, isComplete: false }])
        await commit()
        drain.pump()
      } else if (choice < 0.65) other.hear()
      else if (choice < 0.85) other.answer(drain)
      else if (choice < 0.9) other.lose()
      else if (choice < 0.96) {
        other.cut()
        drain.disconnected()
        if (random.chance(0.7)) drain.connected(other.held(), other.send)
      } else {
        other.cut()
        spool.close()
        spool = openSpool(directory, Date)
        drain = createDrain(spool.outbox, () => {})
      }
    }
    // A message that was lost without the link being cut can't be: TCP. The next connection cures what we made of it.
    other.cut()
    drain.disconnected()
    drain.connected(other.held(), other.send)
    while (!other.quiet()) {
      other.hear()
      other.answer(drain)
    }
    for (const sessionId of sessions) {
      const count = said.get(sessionId) ?? 0
      expect(other.log(sessionId).map(({ data }) => data)).toEqual(
        Array.from({ length: count }, (_, index) => `${index + 1}`),
      )
      expect(spool.outbox.position(sessionId).last).toBe(count)
    }
    spool.close()
  },
)

test('[AG4] of several sessions that the relay may not know only the one keeps still that it does not know, told once', async () => {
  const spool = openSpool(temporaryDirectory(), Date)
  const [lost, second, third] = [randomUUID(), randomUUID(), randomUUID()]
  for (const sessionId of [lost, second, third]) {
    spool.outbox.append(sessionId, sessionId, 0, [{ kind: 'text', data: 'x', isComplete: false }])
  }
  await commit()
  const trouble: string[] = []
  const drain = createDrain(spool.outbox, (sessionId) => trouble.push(sessionId))
  const held = new Map<string, number>()
  /** A relay that takes a message as a whole, or hangs up because of one session in it that it does not know. */
  function connect(): void {
    let hungUp = false
    const waiting: CommandResponse[][] = []
    drain.connected(
      [...held].map(([sessionId, lastN]) => ({ sessionId, lastN })),
      (batch) => waiting.push(batch),
    )
    for (let batch = waiting.shift(); batch !== undefined && !hungUp; batch = waiting.shift()) {
      if (batch.some(({ sessionId }) => sessionId === lost)) hungUp = true
      else for (const { sessionId, n } of batch) drain.acked(sessionId, held.set(sessionId, n).get(sessionId) ?? 0)
    }
    if (hungUp) drain.unknownSession()
    drain.disconnected()
  }
  for (let attempt = 0; attempt < 5; attempt += 1) connect()
  expect(held).toEqual(
    new Map([
      [second, 1],
      [third, 1],
    ]),
  )
  expect(trouble).toEqual([lost])
  // Its log is restored, with what the session said.
  held.set(lost, 1)
  connect()
  expect(spool.outbox.unsent()).toEqual([])
  spool.close()
})

test('a session that the relay took after all goes on at the next connection', async () => {
  const spool = openSpool(temporaryDirectory(), Date)
  const sessionId = randomUUID()
  const say = () => spool.outbox.append(sessionId, sessionId, 0, [{ kind: 'text', data: 'x', isComplete: false }])
  say()
  say()
  await commit()
  const sent: number[] = []
  const send = (batch: CommandResponse[]) => sent.push(...batch.map(({ n }) => n))
  const drain = createDrain(spool.outbox, () => {})
  drain.connected([], send)
  drain.unknownSession()
  drain.disconnected()
  drain.connected([{ sessionId, lastN: 1 }], send)
  expect(sent).toEqual([1, 2, 2])
  spool.close()
})
