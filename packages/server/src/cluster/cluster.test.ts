import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Entry, ProjectUpdate } from '@farhand/shared'
import { seededRandom } from '@farhand/shared/testing'
import {
  OWNER_TOKEN,
  PROJECT_ID,
  codeOf,
  collect,
  getJson,
  heard,
  ids,
  ok,
  openAgent,
  pause,
  responseOf,
  until,
  withinLived,
  type TestBrowser,
} from '../../test/harness.ts'
import { startPair, type Pair } from '../../test/pair.ts'
import { createMemoryBuses } from './memoryBus.ts'

const SOON = { timeout: 8_000 }
const FOUND_MS = 4_000

let two: Pair
beforeEach(async () => {
  two = await startPair()
})
afterEach(() => two.close())

describe('two relays of one log', () => {
  test('[LOG4] what an agent says at one is read in order at both', async () => {
    const agent = await openAgent(two.a)
    const readers = [await two.a.openBrowser(), await two.b.openBrowser()]
    const [here, there] = readers
    const { sessionId, commandId } = ids()
    await here?.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go', sessionId, commandId })
    for (const reader of readers) ok(await reader.emitWithAck('subscribe', { sessionId }))
    const told = readers.map(collect)
    for (let n = 1; n <= 200; n++) agent.socket.emit('command_response', responseOf({ sessionId, commandId, n }))
    for (const entries of told) await expect.poll(() => entries.length, { timeout: 5_000 }).toBe(200)
    for (const entries of told)
      expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_, i) => i + 2))
    expect(there?.connected).toBe(true)
  })

  test('[CMD2] what is sent at one is handed over by the other, which has the agent', async () => {
    const agent = await openAgent(two.b)
    const browser = await two.a.openBrowser()
    const { commandId } = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go' }))
    await expect.poll(() => agent.inputs.map(({ inputId }) => inputId), SOON).toEqual([commandId])
  })

  test('[SUB4] what was not heard of is found in the log, entries and inputs', async () => {
    const agent = await openAgent(two.b)
    const [here, there] = [await two.a.openBrowser(), await two.b.openBrowser()]
    const { sessionId, commandId } = ids()
    ok(await here.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'one', sessionId, commandId }))
    ok(await there.emitWithAck('subscribe', { sessionId }))
    const told = collect(there)
    two.buses.cut(true)
    const second = ok(await here.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'two', sessionId }))
    // In a session that nobody reads where the agent is, so that it is not found with the entries.
    const unread = ok(await here.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'unread' }))
    await expect.poll(() => told.map(({ seq }) => seq), SOON).toEqual([2])
    const handed = until(() => agent.inputs.length === 3)
    await withinLived(handed, 'not all was handed over', FOUND_MS)
    expect(agent.inputs.map(({ inputId }) => inputId).toSorted()).toEqual(
      [commandId, second.commandId, unread.commandId].toSorted(),
    )
    two.buses.cut(false)
    ok(await here.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'three', sessionId }))
    await expect.poll(() => told.map(({ seq }) => seq), SOON).toEqual([2, 3])
  })
})

test('[SUB4] a stream over HTTP at one tells what is written at the other, heard of or not', async () => {
  const { sessionId } = await aSession()
  const here = await two.a.openBrowser()
  const ending = new AbortController()
  const response = await fetch(`${two.b.url}/api/sessions/${sessionId}/stream`, {
    headers: { authorization: `Bearer ${OWNER_TOKEN}` },
    signal: ending.signal,
  })
  let text = ''
  const reading = (async () => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString()
  })().catch(() => {}) // it is ended below
  const seqs = () => [...text.matchAll(/^id: (\d+)$/gm)].map(([, seq]) => Number(seq))
  await expect.poll(seqs, SOON).toEqual([1])
  ok(await here.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'two', sessionId }))
  await expect.poll(seqs, SOON).toEqual([1, 2])
  two.buses.cut(true)
  ok(await here.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'three', sessionId }))
  await expect.poll(seqs, SOON).toEqual([1, 2, 3])
  ending.abort()
  await reading
})

test('[LOG4] [SUB4] both write into one session while much of what they tell each other is late or lost', async () => {
  const random = seededRandom(7)
  const buses = createMemoryBuses(() => (random.chance(0.3) ? 'lost' : random.int(20)))
  const lossy = await startPair({ buses })
  try {
    const agent = await openAgent(lossy.a)
    const readers = [await lossy.a.openBrowser(), await lossy.b.openBrowser()]
    const [here, there] = readers
    const said = { ...ids(), projectId: PROJECT_ID, command: 'go' }
    await here?.emitWithAck('execute_command', said)
    for (const reader of readers) ok(await reader.emitWithAck('subscribe', { sessionId: said.sessionId }))
    const told = readers.map(collect)
    for (let n = 1; n <= 60; n++) {
      agent.socket.emit('command_response', responseOf({ ...said, n }))
      if (n % 3 === 0) void there?.emitWithAck('execute_command', { ...said, commandId: ids().commandId })
      await pause(2)
    }
    const all = Array.from({ length: 80 }, (_, index) => index + 2)
    for (const entries of told) {
      await expect.poll(() => applied(entries, 1).length, SOON).toBe(80)
      expect(applied(entries, 1)).toEqual(all)
      expect(entries.filter(({ prev }, index) => index > 0 && prev !== entries[index - 1]?.seq)).toEqual([])
    }
    await expect.poll(() => agent.inputs.length, SOON).toBe(21)
  } finally {
    await lossy.close()
  }
})

/** What a reader takes that was told this: duplicates fall away. */
function applied(entries: readonly Entry[], after: number): number[] {
  let cursor = after
  return entries.flatMap(({ seq }) => {
    if (seq <= cursor) return []
    cursor = seq
    return [seq]
  })
}

describe('an agent that another relay has', () => {
  const presenceAt = async (browser: TestBrowser) =>
    ok(await browser.emitWithAck('watch_project', { projectId: PROJECT_ID })).agent

  test('is shown as online, with how its Claude Code is, and as away when it left', async () => {
    const there = await two.b.openBrowser()
    const agent = await openAgent(two.a)
    await expect.poll(async () => ok(await there.emitWithAck('list_projects', {})).projects[0]?.online, SOON).toBe(true)
    const updates = collectUpdates(there)
    expect(await presenceAt(there)).toMatchObject({ online: true, name: 'laptop' })
    agent.socket.emit('agent_status', { claude: { version: '9.9.9', loggedIn: true }, runs: [] })
    await expect.poll(() => updates.at(-1)?.agent?.claude?.version, SOON).toBe('9.9.9')
    const status = await getJson(`${two.b.url}/api/status`, { headers: { authorization: `Bearer ${OWNER_TOKEN}` } })
    expect(status.body['agents']).toMatchObject([{ name: 'laptop', online: true, claude: { version: '9.9.9' } }])
    agent.socket.disconnect()
    await expect.poll(() => updates.at(-1)?.agent?.online, SOON).toBe(false)
    expect(await presenceAt(there)).toMatchObject({ online: false })
  })

  test('answers what is asked, refuses, and is offline when its relay has gone', async () => {
    const agent = await openAgent(two.a)
    const there = await two.b.openBrowser()
    await expect.poll(async () => (await presenceAt(there)).online, SOON).toBe(true)
    const big = 'x'.repeat(300_000)
    agent.socket.on('agent_request', ({ method, params }, ack) => {
      if (method === 'echo') ack({ ok: true, result: { params, big } })
      if (method === 'no') ack({ ok: false, error: { code: 'CWD_MISSING', message: 'gone', retryable: false } })
    })
    const ask = (method: string) => there.emitWithAck('ask_agent', { projectId: PROJECT_ID, method, params: { a: 1 } })
    expect(ok(await ask('echo')).result).toEqual({ params: { a: 1 }, big })
    expect(await ask('no')).toMatchObject({ ok: false, error: { code: 'CWD_MISSING', message: 'gone' } })
    const never = ask('silence')
    await until(() => agent.socket.connected)
    agent.socket.disconnect()
    expect(codeOf(await never)).toBe('AGENT_OFFLINE')
    expect(codeOf(await ask('echo'))).toBe('AGENT_OFFLINE')
  })

  test('[AG2] is fenced where it was when it comes to another relay, and is online all the time', async () => {
    const there = await two.b.openBrowser()
    const old = await openAgent(two.a)
    await expect.poll(async () => (await presenceAt(there)).online, SOON).toBe(true)
    const updates = collectUpdates(there)
    const fenced = heard<{ epoch: number }>(old.socket, 'fenced')
    const next = await openAgent(two.b, { connNo: 2 })
    expect(await fenced).toMatchObject({ epoch: next.answer.epoch })
    await until(() => !old.socket.connected)
    const sent = ok(await there.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go' }))
    await expect.poll(() => next.inputs.map(({ inputId }) => inputId), SOON).toEqual([sent.commandId])
    expect(old.inputs).toEqual([])
    expect(updates.flatMap(({ agent }) => (agent === undefined ? [] : [agent.online]))).not.toContain(false)
  })
})

describe('what people do at one relay', () => {
  test('who looks and types is seen at the other, until they leave', async () => {
    const { sessionId } = await aSession()
    const [here, there] = [await two.a.openBrowser(), await two.b.openBrowser()]
    for (const one of [here, there]) ok(await one.emitWithAck('subscribe', { sessionId }))
    const states: string[][] = []
    there.on('presence_update', ({ observers }) => void states.push(observers.map(({ state }) => state).toSorted()))
    ok(await there.emitWithAck('presence', { sessionId, state: 'viewing' }))
    ok(await here.emitWithAck('presence', { sessionId, state: 'typing' }))
    await expect.poll(() => states.at(-1), SOON).toEqual(['typing', 'viewing'])
    here.disconnect()
    await expect.poll(() => states.at(-1), SOON).toEqual(['viewing'])
  })

  test('a session that is renamed or deleted is so at the other', async () => {
    const { sessionId } = await aSession()
    const [here, there] = [await two.a.openBrowser(), await two.b.openBrowser()]
    ok(await there.emitWithAck('watch_project', { projectId: PROJECT_ID }))
    const updates = collectUpdates(there)
    ok(await here.emitWithAck('update_session', { sessionId, title: 'another name' }))
    await expect.poll(() => updates.at(-1)?.session?.title, SOON).toBe('another name')
    ok(await here.emitWithAck('update_session', { sessionId, deleted: true }))
    await expect.poll(() => updates.at(-1)?.session?.deleted, SOON).toBe(true)
  })

  test('[REQ1] requests that were opened and decided while nothing was heard are told afterwards', async () => {
    const agent = await openAgent(two.a)
    const { sessionId, commandId } = await aSession()
    const here = await two.a.openBrowser()
    const request = { kind: 'request', key: 'r1', digest: 'd'.repeat(64), data: '{}' } as const
    agent.socket.emit('command_response', responseOf({ sessionId, commandId, n: 1, ...request }))
    const there = await two.b.openBrowser()
    const requests = async () => ok(await there.emitWithAck('watch_project', { projectId: PROJECT_ID })).requests
    await expect.poll(async () => (await requests()).map(({ key }) => key), SOON).toEqual(['r1'])
    const updates = collectUpdates(there)
    two.buses.cut(true)
    const data = JSON.stringify({ requestId: 'r1', digest: request.digest, behavior: 'allow' })
    ok(await here.emitWithAck('send_input', { sessionId, kind: 'decision', key: 'r1', digest: request.digest, data }))
    agent.socket.emit('command_response', responseOf({ sessionId, commandId, n: 2, ...request, key: 'r2' }))
    const told = () =>
      updates.flatMap(({ attention }) => (attention === undefined ? [] : [`${attention.key} ${attention.state}`]))
    await expect.poll(told, SOON).toEqual(expect.arrayContaining(['r1 resolved', 'r2 open']))
    expect(updates.findLast(({ session }) => session !== undefined)?.session?.attention).toBe(1)
  })
})

async function aSession() {
  const browser = await two.a.openBrowser()
  const said = { ...ids(), projectId: PROJECT_ID, command: 'go' }
  if (ok(await browser.emitWithAck('list_projects', {})).projects.length === 0)
    (await openAgent(two.a)).socket.disconnect()
  ok(await browser.emitWithAck('execute_command', said))
  return said
}

function collectUpdates(browser: TestBrowser): ProjectUpdate[] {
  const updates: ProjectUpdate[] = []
  browser.on('project_update', (update) => void updates.push(update))
  return updates
}
