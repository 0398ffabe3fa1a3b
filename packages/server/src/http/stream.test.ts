import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Request, Response } from 'express'
import type { Context } from '../actions/context.ts'
import { createAgents } from '../agents/agents.ts'
import { openSessionLog } from '../log/sessionLog.ts'
import {
  OWNER_TOKEN,
  PATIENCE_MS,
  PROJECT_ID,
  ok,
  openAgent,
  responseOf,
  startRelay,
  within,
  type Relay,
} from '../../test/harness.ts'
import { streamEntries, type Streams } from './stream.ts'

let relay: Relay
let said: { sessionId: string; commandId: string }
let url: string
beforeEach(async () => {
  relay = await startRelay()
  const agent = await openAgent(relay)
  const browser = await relay.openBrowser()
  said = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go' }))
  for (const n of [1, 2]) agent.socket.emit('command_response', responseOf({ ...said, n }))
  const head = async () => (await relay.store.session(said.sessionId))?.head
  await expect.poll(head, { timeout: PATIENCE_MS }).toBe(3)
  url = `${relay.url}/api/sessions/${said.sessionId}/stream`
})
afterEach(() => relay.close())

type Event = { event?: string; id?: string; data: Record<string, unknown> }

/** The first events of a stream, which is left then. */
async function events(query: string, headers: Record<string, string>, count: number): Promise<Event[]> {
  const abort = new AbortController()
  const init = { headers: { Authorization: `Bearer ${OWNER_TOKEN}`, ...headers }, signal: abort.signal }
  const response = await fetch(url + query, init)
  const told: Event[] = []
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString()
    const parts = text.split('\n\n')
    text = parts.pop() ?? ''
    for (const part of parts.filter((each) => !each.startsWith(':'))) {
      const lines = part.split('\n').map((line) => /^(\w+): (.*)$/.exec(line)?.slice(1) ?? [])
      const { data = '{}', ...rest } = Object.fromEntries(lines) as { data?: string }
      told.push({ ...rest, data: JSON.parse(data) as Record<string, unknown> })
    }
    if (told.length >= count) break
  }
  abort.abort()
  return told
}

describe('[SUB3] a stream', () => {
  test('begins with the name of its log, and a cursor of that log goes on', async () => {
    const { logEpoch } = relay.store
    const [log, entry] = await events(`?logEpoch=${logEpoch}`, { 'Last-Event-ID': '2' }, 2)
    expect(log).toEqual({ event: 'log', data: { logEpoch, head: 3 } })
    expect(entry).toMatchObject({ event: 'command_result', id: '3', data: { seq: 3 } })
  })

  test.each([
    ['above the head', '', '9999'],
    ['of another log', `?logEpoch=${'0'.repeat(32)}`, '2'],
  ])('starts over where the cursor is %s, and says so', async (_name, query, cursor) => {
    const [, reset, ...entries] = await events(query, { 'Last-Event-ID': cursor }, 5)
    expect(reset).toEqual({ event: 'reset', id: '0', data: { logEpoch: relay.store.logEpoch } })
    expect(entries.map(({ id }) => id)).toEqual(['1', '2', '3'])
  })

  test('that is only asked about has an end', async () => {
    const head = fetch(url, { method: 'HEAD', headers: { Authorization: `Bearer ${OWNER_TOKEN}` } })
    const response = await within(head, 'it never ended')
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
  })
})

/** The same without the relay around it: a log without end, over a store that is as slow as the test wants. */
async function openEndless(slow: Partial<Context['store']> = {}, slowLimitMs?: number) {
  const { store } = relay
  const entry = (await store.page({ sessionId: said.sessionId, limit: 1, detail: 'full' }))?.entries[0]
  if (entry === undefined) throw new Error('there is no entry')
  const large = { ...entry, response: 'x'.repeat(200_000) }
  const page: Context['store']['page'] = async ({ after = 0 }) => {
    await new Promise((resolve) => setImmediate(resolve)) // as from a disk: others have their turn
    return { entries: [{ ...large, seq: after + 1 }], from: after, to: after + 1, head: after + 2 }
  }
  const context: Context = {
    store: { ...store, page, ...slow },
    log: openSessionLog({ store, clock: Date, onFailure: () => {} }),
    agents: createAgents(Date),
    attachments: { complete: () => Promise.resolve(undefined), forget: () => Promise.resolve() },
    clock: Date,
    newId: randomUUID,
  }
  const streams: Streams = new Set()
  const settled = Promise.withResolvers<void>()
  const errors: Error[] = []
  const principal = { author: { id: 'o', name: 'O' }, identity: { credentialId: 'c' } }
  const server = createServer((request, response) => {
    response.on('error', (error) => errors.push(error))
    const parts = { request: Object.assign(request, { query: {} }) as Request, response: response as Response }
    const limit = slowLimitMs === undefined ? {} : { slowLimitMs }
    streamEntries({ context, streams, principal, sessionId: said.sessionId, ...limit, ...parts }).then(
      settled.resolve,
      settled.reject,
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const reader = connect((server.address() as AddressInfo).port, '127.0.0.1')
  reader.on('error', () => {}) // it is reset
  reader.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  reader.pause()
  const close = (): void => {
    reader.destroy()
    server.close()
  }
  return { streams, errors, reader, page, settled: settled.promise, close }
}

test('[SUB7] a stream that nobody reads is cut off, and what was kept for it goes', async () => {
  let began = 0
  const page: Context['store']['page'] = async (range) => {
    began = Math.max(began, endless.streams.size)
    return await endless.page(range)
  }
  const endless = await openEndless({ page }, 200)
  // Looked at only now and then, it could come and go between two looks.
  await expect.poll(() => [began, endless.streams.size], { timeout: 5_000 }).toEqual([1, 0])
  endless.close()
})

test('[CON4] a stream that ends while a page is read for it writes nothing more: that would end the relay', async () => {
  const asked = Promise.withResolvers<void>()
  const slow = Promise.withResolvers<void>()
  const endless = await openEndless({
    page: async (range) => {
      const found = await endless.page(range)
      if (found?.from === 3) {
        asked.resolve()
        await slow.promise
      }
      return found
    },
  })
  await asked.promise
  for (const stream of endless.streams) stream.end()
  slow.resolve()
  await new Promise((resolve) => setTimeout(resolve, 50)) // nothing is to come
  expect(endless.errors).toEqual([])
  endless.close()
})

test('a reader that goes away before its stream begins leaves nothing behind', async () => {
  const asked = Promise.withResolvers<void>()
  const slow = Promise.withResolvers<void>()
  const { store } = relay
  const { streams, reader, settled, close } = await openEndless({
    session: async (sessionId) => {
      asked.resolve()
      await slow.promise
      return await store.session(sessionId)
    },
  })
  await asked.promise
  reader.destroy()
  await new Promise((resolve) => setTimeout(resolve, 50)) // until the server has seen it
  slow.resolve()
  await settled
  expect(streams.size).toBe(0)
  close()
})
