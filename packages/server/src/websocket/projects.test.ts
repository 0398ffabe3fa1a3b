import { randomUUID } from 'node:crypto'
import type { PresenceUpdate, ProjectUpdate } from '@farhand/shared'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { AGENT_ID, PROJECT_ID, codeOf, heard, ok, openAgent, startRelay, type Relay } from '../../test/harness.ts'

let relay: Relay
beforeEach(async () => {
  relay = await startRelay()
})
afterEach(() => relay.close())

describe('projects and sessions', () => {
  test('[REQ1] projects show whether their agent is here, and those who watch hear it come and go', async () => {
    const agent = await openAgent(relay)
    const browser = await relay.openBrowser()
    const { projects } = ok(await browser.emitWithAck('list_projects', {}))
    expect(projects).toEqual([
      {
        projectId: PROJECT_ID,
        name: 'demo',
        path: '/home/dev/demo',
        agentId: AGENT_ID,
        agentName: 'laptop',
        online: true,
      },
    ])
    ok(await browser.emitWithAck('watch_project', { projectId: PROJECT_ID }))
    const status = heard<ProjectUpdate>(browser, 'project_update')
    agent.socket.emit('agent_status', { claude: { version: '2.1.329', loggedIn: true }, runs: [] })
    expect((await status).agent).toMatchObject({ online: true, claude: { loggedIn: true } })
    const away = heard<ProjectUpdate>(browser, 'project_update')
    agent.socket.disconnect()
    expect((await away).agent).toMatchObject({ online: false, name: 'laptop', host: 'laptop.local' })
    const { agent: presence } = ok(await browser.emitWithAck('watch_project', { projectId: PROJECT_ID }))
    expect(presence.online).toBe(false)
  })

  test('a session is renamed, pinned, archived, read and deleted, and those who watch hear it', async () => {
    await openAgent(relay)
    const browser = await relay.openBrowser()
    const { sessionId } = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'x' }))
    ok(await browser.emitWithAck('watch_project', { projectId: PROJECT_ID }))
    const renamed = heard<ProjectUpdate>(browser, 'project_update')
    ok(await browser.emitWithAck('update_session', { sessionId, title: 'A title', pinned: true, readUpTo: 99 }))
    expect((await renamed).session).toMatchObject({ title: 'A title', pinned: true, archived: false, readUpTo: 1 })
    ok(await browser.emitWithAck('update_session', { sessionId, readUpTo: 0, archived: true }))
    const [session] = ok(await browser.emitWithAck('watch_project', { projectId: PROJECT_ID })).sessions
    expect(session).toMatchObject({ readUpTo: 1, archived: true, title: 'A title' })
    const marked = heard<ProjectUpdate>(browser, 'project_update')
    ok(await browser.emitWithAck('update_session', { sessionId, markedUnread: true }))
    expect((await marked).session).toMatchObject({ markedUnread: true, readUpTo: 1 })
    const gone = heard<ProjectUpdate>(browser, 'project_update')
    ok(await browser.emitWithAck('update_session', { sessionId, deleted: true }))
    expect((await gone).session).toMatchObject({ sessionId, deleted: true })
    expect(codeOf(await browser.emitWithAck('subscribe', { sessionId }))).toBe('NOT_FOUND')
    expect(codeOf(await browser.emitWithAck('update_session', { sessionId, title: 'x' }))).toBe('NOT_FOUND')
    expect(
      codeOf(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'x', sessionId })),
    ).toBe('NOT_FOUND')
  })

  test('observers see each other, and one that leaves is gone', async () => {
    await openAgent(relay)
    const [one, two] = [await relay.openBrowser(), await relay.openBrowser()]
    const { sessionId } = ok(await one.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'x' }))
    ok(await two.emitWithAck('subscribe', { sessionId, detail: 'final' }))
    ok(await one.emitWithAck('presence', { sessionId, state: 'typing' }))
    expect(await heard(two, 'presence_update')).toMatchObject({
      sessionId,
      observers: [{ id: one.id, state: 'typing' }],
    })
    const commandId = randomUUID()
    ok(await one.emitWithAck('presence', { sessionId, state: 'viewing', editing: commandId }))
    expect(await heard(two, 'presence_update')).toMatchObject({ observers: [{ id: one.id, editing: commandId }] })
    ok(await one.emitWithAck('presence', { sessionId, state: 'viewing' }))
    const [over] = (await heard<PresenceUpdate>(two, 'presence_update')).observers
    expect(over).not.toHaveProperty('editing')
    one.disconnect()
    expect(await heard(two, 'presence_update')).toEqual({ sessionId, observers: [] })
    expect(codeOf(await two.emitWithAck('presence', { sessionId: randomUUID(), state: 'viewing' }))).toBe('NOT_FOUND')
  })

  test('ask_agent brings the answer of the machine, its refusal, or AGENT_OFFLINE', async () => {
    const agent = await openAgent(relay)
    agent.socket.on('agent_request', ({ method, params }, ack) => {
      if (method === 'echo') ack({ ok: true, result: params })
      else ack({ ok: false, error: { code: 'NOT_FOUND', message: 'no such method', retryable: false } })
    })
    const browser = await relay.openBrowser()
    const ask = (method: string) =>
      browser.emitWithAck('ask_agent', { projectId: PROJECT_ID, method, params: { a: 1 } })
    expect(ok(await ask('echo')).result).toEqual({ a: 1 })
    expect(codeOf(await ask('other'))).toBe('NOT_FOUND')
    agent.socket.disconnect()
    await expect.poll(async () => codeOf(await ask('echo'))).toBe('AGENT_OFFLINE')
  })

  test('probe answers the time', async () => {
    const browser = await relay.openBrowser()
    expect(Math.abs(ok(await browser.emitWithAck('probe', {})).serverTime - Date.now())).toBeLessThan(5_000)
  })
})
