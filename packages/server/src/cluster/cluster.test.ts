import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PROJECT_ID, collect, ids, ok, openAgent, responseOf } from '../../test/harness.ts'
import { startPair, type Pair } from '../../test/pair.ts'

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
    await expect.poll(() => agent.inputs.map(({ inputId }) => inputId)).toEqual([commandId])
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
    await expect.poll(() => told.map(({ seq }) => seq), { timeout: 4_000 }).toEqual([2])
    await expect
      .poll(() => agent.inputs.map(({ inputId }) => inputId), { timeout: 4_000 })
      .toEqual([commandId, second.commandId].slice(0, agent.inputs.length))
    two.buses.cut(false)
    ok(await here.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'three', sessionId }))
    await expect.poll(() => told.map(({ seq }) => seq), { timeout: 4_000 }).toEqual([2, 3])
  })
})
