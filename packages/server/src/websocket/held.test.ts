import { randomUUID } from 'node:crypto'
import { CONFIRM_AFTER_MS, emptyTimeline, foldEntries, type Entry, type Timeline } from '@farhand/shared'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  PATIENCE_MS,
  PROJECT_ID,
  collect,
  heard,
  helloOf,
  ok,
  openAgent,
  responseOf,
  startRelay,
  until,
  type Relay,
  type TestBrowser,
} from '../../test/harness.ts'

const clock = { time: 0, now: () => clock.time }
let relay: Relay
let browser: TestBrowser
let entries: Entry[]

beforeEach(async () => {
  clock.time = 1_700_000_000_000
  relay = await startRelay({ clock })
  const agent = await openAgent(relay) // registers the project
  agent.socket.disconnect()
  browser = await relay.openBrowser()
  entries = collect(browser)
})
afterEach(() => relay.close())

async function send(part: object = {}) {
  return ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go', ...part }))
}

function timeline(sessionId: string): Timeline {
  const mine = entries.filter((entry) => entry.sessionId === sessionId)
  return foldEntries(emptyTimeline(), mine)
}

async function snapshot() {
  return ok(await browser.emitWithAck('watch_project', { projectId: PROJECT_ID }))
}

/** A command that waited for more than an hour when its agent came. */
async function heldCommand(connNo = 2) {
  const sent = await send()
  clock.time += CONFIRM_AFTER_MS + 1
  const agent = await openAgent(relay, { connNo })
  await until(() => entries.some((entry) => entry.kind === 'held'), 'it was not held')
  return { ...sent, agent, key: `held:${sent.commandId}` }
}

test('[CMD2] after more than an hour a command is not run but asks, and everybody sees that', async () => {
  const { commandId, sessionId, agent, key } = await heldCommand()
  expect(agent.answer.inputs).toEqual([])
  expect(agent.inputs).toEqual([])
  expect(timeline(sessionId).runs.get(commandId)?.state).toEqual({
    name: 'waiting',
    held: { key, since: clock.time },
  })
  const { sessions, requests } = await snapshot()
  expect(sessions).toMatchObject([{ sessionId, attention: 1, running: 1 }])
  expect(requests).toMatchObject([{ sessionId, key, state: 'open' }])
})

test('[CMD2] confirmed, it runs, once, and an agent that comes later asks no more', async () => {
  const { commandId, sessionId, agent, key } = await heldCommand()
  const data = JSON.stringify({ action: 'confirm', commandId })
  const inputId = randomUUID()
  ok(await browser.emitWithAck('send_input', { sessionId, inputId, kind: 'queue', data, key }))
  ok(await browser.emitWithAck('send_input', { sessionId, kind: 'queue', data, key })) // another tab does the same
  await until(() => agent.inputs.length === 3)
  expect(agent.inputs.map((input) => input.kind)).toEqual(['command', 'queue', 'queue'])
  expect(agent.inputs[0]).not.toHaveProperty('confirmedAt')
  expect(timeline(sessionId).runs.get(commandId)?.state).toEqual({ name: 'waiting' })
  expect((await snapshot()).requests).toEqual([])
  agent.socket.disconnect()
  const back = await openAgent(relay, { connNo: 3 })
  expect(back.answer.inputs).toEqual([])
})

test('[CMD2] [CMD5] dropped, it ends as cancelled at once, also while no agent is there', async () => {
  const { commandId, sessionId, agent } = await heldCommand()
  agent.socket.disconnect()
  const cancel = { sessionId, kind: 'cancel' as const, data: JSON.stringify({ commandId }), key: commandId }
  ok(await browser.emitWithAck('send_input', cancel))
  await until(() => entries.at(-1)?.kind === 'run_finished')
  expect(entries.at(-1)).toMatchObject({ commandId, status: 'error', code: 'CANCELLED' })
  expect(await snapshot()).toMatchObject({ requests: [], sessions: [{ attention: 0, running: 0 }] })
  const back = await openAgent(relay, { connNo: 3 })
  await until(() => back.inputs.length === 1)
  expect(back.inputs).toMatchObject([{ kind: 'cancel' }])
})

test('[CMD2] a cancel of what is not held is the agent’s to do', async () => {
  const agent = await openAgent(relay, { connNo: 2 })
  const { commandId, sessionId } = await send()
  await until(() => agent.inputs.length === 1)
  const cancel = { sessionId, kind: 'cancel' as const, data: JSON.stringify({ commandId }), key: commandId }
  ok(await browser.emitWithAck('send_input', cancel))
  await until(() => agent.inputs.length === 2)
  const other = await send()
  ok(await browser.emitWithAck('send_input', { ...cancel, sessionId: other.sessionId }))
  expect(entries.some((entry) => entry.kind === 'run_finished')).toBe(false)
})

test('[CMD2] what the agent had begun after all is not asked about', async () => {
  const sent = await send()
  const first = relay.agent({ connNo: 2 })
  const taken = heard(first, 'agent_command') // its acknowledgement is lost with the connection
  await heard(first, 'connect')
  ok(await first.emitWithAck('agent_hello', helloOf({ connNo: 2 })))
  await taken
  first.emit('command_response', responseOf({ ...sent, n: 1, kind: 'run_started', data: '{}' }))
  await until(() => entries.some((entry) => entry.kind === 'run_started'))
  first.disconnect()
  clock.time += 2 * CONFIRM_AFTER_MS
  const second = await openAgent(relay, { connNo: 3 })
  const after = await send({ sessionId: sent.sessionId })
  await until(() => second.inputs.length === 2)
  expect(second.inputs.map((input) => input.inputId)).toEqual([sent.commandId, after.commandId])
  expect((await snapshot()).requests).toEqual([])
  expect(entries.some((entry) => entry.kind === 'held')).toBe(false)
})

test('[CMD2] confirmed and then not taken for another hour, it asks again', async () => {
  const { commandId, sessionId, agent, key } = await heldCommand()
  agent.socket.disconnect()
  const data = JSON.stringify({ action: 'confirm', commandId })
  await until(() => relay.logs.length > 0)
  await expect.poll(async () => (await snapshot()).agent.online, { timeout: PATIENCE_MS }).toBe(false)
  ok(await browser.emitWithAck('send_input', { sessionId, kind: 'queue', data, key }))
  clock.time += CONFIRM_AFTER_MS + 1
  await openAgent(relay, { connNo: 3 })
  await until(() => entries.filter((entry) => entry.kind === 'held').length === 2)
  expect((await snapshot()).requests).toMatchObject([{ key, state: 'open' }])
})
