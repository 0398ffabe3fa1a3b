import { randomUUID } from 'node:crypto'
import type { AgentRequest } from '@farhand/shared'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  PROJECT_ID,
  heard,
  ids,
  ok,
  openAgent,
  startRelay,
  until,
  type Relay,
  type TestBrowser,
} from '../../test/harness.ts'

let relay: Relay
let browser: TestBrowser
let committed = (): void => {}
const asked: AgentRequest[] = []

beforeAll(async () => {
  relay = await startRelay({
    around: (store) => ({
      ...store,
      append: async (batch, now) => {
        const result = await store.append(batch, now)
        committed()
        committed = () => {}
        return result
      },
    }),
  })
  const { socket } = await openAgent(relay)
  socket.on('agent_request', (request, ack) => {
    asked.push(request)
    ack({ ok: true, result: { method: request.method } })
  })
  browser = await relay.openBrowser()
})
afterAll(() => relay.close())

const sessionOf = async (sessionId: string) => {
  const { sessions } = ok(await browser.emitWithAck('watch_project', { projectId: PROJECT_ID }))
  return sessions.find((session) => session.sessionId === sessionId)
}

describe('sessions', () => {
  test('a new title is told after what was committed before it, so that it stays', async () => {
    const { sessionId, commandId } = ids()
    await sessionOf(sessionId) // watches the project
    const titles: (string | undefined)[] = []
    browser.on('project_update', ({ session }) => {
      if (session?.sessionId === sessionId) titles.push(session.title)
    })
    // Sent at the commit, so that it arrives between that and the publication.
    committed = () => browser.emit('update_session', { sessionId, title: 'Mine' }, () => {})
    const send = { projectId: PROJECT_ID, sessionId, commandId, command: 'Fix the tests' }
    ok(await browser.emitWithAck('execute_command', send))
    await until(() => titles.length >= 2)
    ok(await browser.emitWithAck('probe', {}))
    expect(titles).toEqual(['Fix the tests', 'Mine'])
  })

  test('a session is called after its first prompt, whoever sent it; a name that somebody gave stays', async () => {
    const { sessionId, commandId } = ids()
    const send = (command: string, id: string) =>
      browser.emitWithAck('execute_command', { projectId: PROJECT_ID, sessionId, commandId: id, command })
    ok(await send('Fix the tests\nplease', commandId))
    expect(await sessionOf(sessionId)).toMatchObject({ title: 'Fix the tests' })
    ok(await browser.emitWithAck('update_session', { sessionId, title: 'Mine', pinned: true }))
    ok(await send('Something else', randomUUID()))
    ok(await send('Fix the tests\nplease', commandId))
    expect(await sessionOf(sessionId)).toMatchObject({ title: 'Mine', pinned: true })
  })

  test('of a deleted session the relay keeps nothing that was said, and its machine is told', async () => {
    const { sessionId, commandId } = ids()
    ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, sessionId, commandId, command: 'secret' }))
    const told = heard<{ session?: { deleted?: boolean } }>(browser, 'project_update')
    ok(await browser.emitWithAck('update_session', { sessionId, deleted: true }))
    await told
    expect(await sessionOf(sessionId)).toBeUndefined()
    const read = await browser.emitWithAck('read', { sessionId, after: 0, limit: 10 })
    expect(read).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
    await until(() => asked.some(({ method }) => method === 'sessions.forget'))
    expect(asked.find(({ method }) => method === 'sessions.forget')).toMatchObject({
      projectId: PROJECT_ID,
      params: { sessionId },
    })

    const other = ids()
    ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, ...other, command: 'secret' }))
    ok(await browser.emitWithAck('update_session', { sessionId: other.sessionId, deleted: true, transcript: true }))
    await until(() => asked.filter(({ method }) => method === 'sessions.forget').length === 2)
    expect(asked.at(-1)).toMatchObject({ params: { sessionId: other.sessionId, transcript: true } })
  })

  test('what only the relay asks is answered to a browser as if it were not there, and does not reach the machine', async () => {
    const before = asked.length
    const params = { sessionId: randomUUID(), transcript: true }
    const answer = await browser.emitWithAck('ask_agent', { projectId: PROJECT_ID, method: 'sessions.forget', params })
    expect(answer).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
    expect(asked).toHaveLength(before)
  })

  test('a rewind is an input like any other; a question has a method of two words at most', async () => {
    const { sessionId, commandId } = ids()
    ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, sessionId, commandId, command: 'x' }))
    const data = JSON.stringify({ to: commandId, conversation: true, files: true })
    expect(ok(await browser.emitWithAck('send_input', { sessionId, kind: 'rewind', data }))).toMatchObject({ seq: 2 })
    const ask = (method: string) => browser.emitWithAck('ask_agent', { projectId: PROJECT_ID, method })
    expect(ok(await ask('git.status'))).toMatchObject({ result: { method: 'git.status' } })
    for (const method of ['git.status.now', '.status', 'git.', 'Git.status', 'x'.repeat(65)])
      expect(await ask(method)).toMatchObject({ ok: false, error: { code: 'BAD_REQUEST' } })
  })
})
