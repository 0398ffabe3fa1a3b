import { randomUUID } from 'node:crypto'
import { type Entry } from '@farhand/shared'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  PROJECT_ID,
  codeOf,
  collect,
  heard,
  ok,
  openAgent,
  responseOf,
  startRelay,
  until,
  type Relay,
  type TestBrowser,
} from '../../test/harness.ts'

let relay: Relay
beforeEach(async () => {
  relay = await startRelay()
})
afterEach(() => relay.close())

describe('reading', () => {
  /** A session with `count` entries from its agent after the prompt, in batches. */
  async function writeSession(count: number, part: (n: number) => Partial<Entry> = () => ({})) {
    const agent = await openAgent(relay)
    const browser = await relay.openBrowser()
    const sent = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go' }))
    let acked = 0
    agent.socket.on('ack_responses', ({ n }) => (acked = Math.max(acked, n)))
    for (let n = 1; n <= count; n += 64) {
      const batch = Array.from({ length: Math.min(64, count - n + 1) }, (_, index) => {
        const { key, final, kind } = part(n + index)
        return responseOf({
          ...sent,
          n: n + index,
          ...(key && { key }),
          ...(final && { final }),
          ...(kind && { kind }),
        })
      })
      agent.socket.emit('command_response', batch)
    }
    await until(() => acked === count)
    return { agent, browser, ...sent }
  }

  async function reader(): Promise<TestBrowser> {
    return await relay.openBrowser()
  }

  test('[SUB1] a subscription answers the first page, and live entries follow without a gap', async () => {
    const { agent, sessionId, commandId } = await writeSession(3)
    const socket = await reader()
    const live = collect(socket)
    const answer = ok(await socket.emitWithAck('subscribe', { sessionId }))
    expect(answer).toMatchObject({ head: 4, from: 0, to: 4 })
    expect(answer.entries.map((entry) => entry.seq)).toEqual([1, 2, 3, 4])
    agent.socket.emit('command_response', responseOf({ sessionId, commandId, n: 4 }))
    await until(() => live.length === 1)
    expect(live[0]).toMatchObject({ seq: 5, prev: 4 })
  })

  test('[SUB2] pages hold at most 500 entries, and the rest comes by read', async () => {
    const { sessionId } = await writeSession(700)
    const socket = await reader()
    const first = ok(await socket.emitWithAck('subscribe', { sessionId, after: 0 }))
    expect([first.from, first.to, first.head, first.entries.length]).toEqual([0, 500, 701, 500])
    const rest = ok(await socket.emitWithAck('read', { sessionId, after: first.to, limit: 500 }))
    expect([rest.from, rest.to, rest.entries.length]).toEqual([500, 701, 201])
    const all = [...first.entries, ...rest.entries].map((entry) => entry.seq)
    expect(all).toEqual(Array.from({ length: 701 }, (_, index) => index + 1))
  })

  test('[SUB3] a cursor above the head, or of another log, is answered with reset', async () => {
    const { sessionId } = await writeSession(3)
    const socket = await reader()
    const above = ok(await socket.emitWithAck('subscribe', { sessionId, after: 99, tail: 2 }))
    expect(above).toMatchObject({ reset: true, from: 2, to: 4 })
    const foreign = ok(await socket.emitWithAck('subscribe', { sessionId, after: 2, logEpoch: 'another' }))
    expect(foreign).toMatchObject({ reset: true, from: 0, to: 4 })
    const same = ok(await socket.emitWithAck('subscribe', { sessionId, after: 2, logEpoch: above.logEpoch }))
    expect(same.reset).toBeUndefined()
    expect(same.entries.map((entry) => entry.seq)).toEqual([3, 4])
  })

  test('[SUB5] tail answers the newest, older pages come by read', async () => {
    const { sessionId } = await writeSession(20)
    const socket = await reader()
    const tail = ok(await socket.emitWithAck('subscribe', { sessionId, tail: 5 }))
    expect(tail.entries.map((entry) => entry.seq)).toEqual([17, 18, 19, 20, 21])
    expect([tail.from, tail.to]).toEqual([16, 21])
    const older = ok(await socket.emitWithAck('read', { sessionId, before: 17, limit: 10 }))
    expect([older.from, older.to, older.entries.length]).toEqual([6, 16, 10])
    const oldest = ok(await socket.emitWithAck('read', { sessionId, before: 7, limit: 10 }))
    expect([oldest.from, oldest.to]).toEqual([0, 6])
  })

  test('[SUB6] final detail leaves deltas out and chains prev, in pages and live', async () => {
    // n: 1 2 deltas, 3 their record, 4 a tool, 5 delta …
    const kinds: Record<number, Partial<Entry>> = {
      1: { key: 'a' },
      2: { key: 'a' },
      3: { key: 'a', final: true },
      4: { kind: 'tool_started' },
      5: { key: 'b' },
    }
    const { agent, sessionId, commandId } = await writeSession(5, (n) => kinds[n] ?? {})
    const socket = await reader()
    const live = collect(socket)
    const answer = ok(await socket.emitWithAck('subscribe', { sessionId, after: 0, detail: 'final' }))
    expect(answer.entries.map(({ seq, prev }) => [seq, prev])).toEqual([
      [1, 0],
      [4, 1],
      [5, 4],
    ])
    expect([answer.from, answer.to, answer.head]).toEqual([0, 6, 6])
    agent.socket.emit('command_response', responseOf({ sessionId, commandId, n: 6, key: 'b' }))
    agent.socket.emit('command_response', responseOf({ sessionId, commandId, n: 7, key: 'b', final: true }))
    agent.socket.emit('command_response', responseOf({ sessionId, commandId, n: 8, key: 'c' }))
    agent.socket.emit('command_response', responseOf({ sessionId, commandId, n: 9, kind: 'notice', data: '{}' }))
    await until(() => live.length === 2)
    expect(live.map((entry) => entry.seq)).toEqual([8, 10])
    expect(live[1]?.prev).toBe(8)
    expect(live[0]?.prev).toBeLessThanOrEqual(answer.to + 1)
  })

  test('[SUB4] heads come within a period and tell the head of what is subscribed', async () => {
    const { sessionId } = await writeSession(3)
    const socket = await reader()
    const { logEpoch } = ok(await socket.emitWithAck('subscribe', { sessionId }))
    expect(await heard(socket, 'heads')).toMatchObject({ logEpoch, heads: { [sessionId]: 4 } })
  })

  test('unsubscribe ends it, and an unknown session is NOT_FOUND', async () => {
    const { agent, browser, sessionId, commandId } = await writeSession(1)
    const socket = await reader()
    const [live, others] = [collect(socket), collect(browser)]
    const subscribed = socket.emitWithAck('subscribe', { sessionId })
    ok(await socket.emitWithAck('unsubscribe', { sessionId })) // right behind it
    ok(await subscribed)
    agent.socket.emit('command_response', responseOf({ sessionId, commandId, n: 2 }))
    await until(() => others.some((entry) => entry.seq === 3))
    ok(await socket.emitWithAck('probe', {})) // whatever was published comes before this answer
    expect(live).toEqual([])
    expect(codeOf(await socket.emitWithAck('subscribe', { sessionId: randomUUID() }))).toBe('NOT_FOUND')
    expect(codeOf(await socket.emitWithAck('read', { sessionId: randomUUID(), limit: 5 }))).toBe('NOT_FOUND')
  })

  test('[LOG6] an unknown kind is stored and delivered', async () => {
    const { browser, agent, sessionId, commandId } = await writeSession(1)
    const live = collect(browser)
    agent.socket.emit('command_response', responseOf({ sessionId, commandId, n: 2, kind: 'hologram', data: '{"x":1}' }))
    await until(() => live.some((entry) => entry.kind === 'hologram'))
  })
})
