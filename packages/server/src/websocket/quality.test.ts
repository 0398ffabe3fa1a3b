import { MAX_PAGE_ENTRIES, openSubscription, type Entry, type Quality } from '@farhand/shared'
import { seededRandom } from '@farhand/shared/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  PROJECT_ID,
  ok,
  openAgent,
  pause,
  responseOf,
  startRelay,
  until,
  type Relay,
  type TestBrowser,
} from '../../test/harness.ts'
import { GATHER_MS } from './gathering.ts'

/** The first of all, and the request with what was gathered before it. */
const SAID_AT_ONCE = 2
/** Timers are set in whole milliseconds. */
const TIMER_ERROR_MS = 1

let relay: Relay
beforeEach(async () => {
  relay = await startRelay()
})
afterEach(() => relay.close())

/** A session whose agent says something when it is told to. */
async function openSession() {
  const agent = await openAgent(relay)
  const writer = await relay.openBrowser()
  const { sessionId, commandId } = ok(
    await writer.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go' }),
  )
  let n = 0
  const say = (part: Partial<Parameters<typeof responseOf>[0]> = {}): void => {
    n += 1
    agent.socket.emit('command_response', responseOf({ sessionId, commandId, n, key: 'a', ...part }))
  }
  /** Everything, as it stands in the log. */
  async function wholeLog(): Promise<Entry[]> {
    await until(() => head >= n + 1)
    return ok(await writer.emitWithAck('read', { sessionId, after: 0, limit: MAX_PAGE_ENTRIES })).entries
  }
  let head = 0
  writer.on('command_result', (said) => (head = Math.max(head, ...[said].flat().map(({ seq }) => seq))))
  return { sessionId, say, wholeLog }
}

/** What each message of this session held. */
function messagesOf(socket: TestBrowser): number[][] {
  const messages: number[][] = []
  socket.on('command_result', (said) => void messages.push([said].flat().map(({ seq }) => seq)))
  return messages
}

/** The reader that a page is, over a real connection. */
function openReader(socket: TestBrowser, sessionId: string) {
  let held: Entry[] = []
  const subscription = openSubscription({
    sessionId,
    pageEntries: MAX_PAGE_ENTRIES,
    transport: {
      subscribe: async (question) => ok(await socket.emitWithAck('subscribe', question)),
      read: async (question) => ok(await socket.emitWithAck('read', question)),
    },
    events: {
      onEntries: (entries) => held.push(...entries),
      onReset: () => (held = []),
      onRewind: (to) => (held = held.filter(({ seq }) => seq <= to)),
    },
    schedule: (later, ms) => {
      const timer = setTimeout(later, ms)
      return () => clearTimeout(timer)
    },
  })
  socket.on('command_result', (said) => subscription.take([said].flat()))
  socket.on('heads', subscription.heads)
  subscription.connected()
  return { subscription, held: () => held }
}

test('[SUB9] who wants few messages gets few, in order and without a gap, and at once what waits for a person', async () => {
  const { sessionId, say, wholeLog } = await openSession()
  const [every, gathered] = [await relay.openBrowser(), await relay.openBrowser()]
  const messages = { every: messagesOf(every), gathered: messagesOf(gathered) }
  ok(await every.emitWithAck('subscribe', { sessionId }))
  ok(await gathered.emitWithAck('subscribe', { sessionId, pace: 'gathered' }))
  const from = performance.now()
  for (let piece = 1; piece <= 30; piece += 1) {
    say()
    await pause(10)
    await until(() => messages.every.length === piece) // else several could come to both as one
  }
  say({ kind: 'request', key: 'r', data: '{}' })
  const last = (await wholeLog()).at(-1)?.seq ?? 0
  await until(() => messages.gathered.flat().includes(last))
  const elapsedMs = performance.now() - from
  expect(messages.gathered.at(-1)?.length).toBeGreaterThan(0)
  expect(messages.gathered.flat()).toEqual(messages.every.flat())
  const windows = Math.floor(elapsedMs / (GATHER_MS - TIMER_ERROR_MS))
  expect(messages.gathered.length).toBeLessThanOrEqual(SAID_AT_ONCE + windows)
})

test('[SUB6] [SUB9] a reader that changes its mind at random holds the log', async () => {
  const random = seededRandom(7)
  const { sessionId, say, wholeLog } = await openSession()
  const reader = openReader(await relay.openBrowser(), sessionId)
  for (let step = 0; step < 60; step += 1) {
    const key = random.pick(['a', 'b'])
    say(random.chance(0.2) ? { kind: 'notice', data: '{}' } : { key })
    if (random.chance(0.2)) reader.subscription.setQuality(random.pick<Quality>(['every', 'gathered', 'records']))
    await pause(random.int(8))
  }
  reader.subscription.setQuality('every')
  const log = await wholeLog()
  await until(() => reader.held().at(-1)?.seq === log.at(-1)?.seq)
  expect(reader.held().map(({ seq, response }) => [seq, response])).toEqual(
    log.map(({ seq, response }) => [seq, response]),
  )
  reader.subscription.close()
})
