import { randomUUID } from 'node:crypto'
import { retentionStateSchema, type ProjectUpdate, type RetentionState } from '@farhand/shared'
import { afterEach, expect, test, vi } from 'vitest'
import {
  OWNER_TOKEN,
  PROJECT_ID,
  getJson,
  handedOver,
  ids,
  ok,
  openAgent,
  responseOf,
  startRelay,
  type Relay,
} from '../../test/harness.ts'
import { openSqliteStore } from '../log/sqliteStore.ts'
import { changeRetention } from '../retentionCommand.ts'

const PATIENCE_MS = 10_000
const DAY_MS = 24 * 60 * 60 * 1000
let relay: Relay
const clock = { ahead: 0, now: () => Date.now() + clock.ahead }
afterEach(async () => {
  await relay.close()
  clock.ahead = 0
})

const auth = { Authorization: `Bearer ${OWNER_TOKEN}`, 'Content-Type': 'application/json' }
type Answer = { status: number; body: Record<string, unknown>; readonly state: RetentionState }

async function ask(method: string, path: string, body?: object): Promise<Answer> {
  const said = body === undefined ? {} : { body: JSON.stringify(body) }
  const { status, body: answer } = await getJson(`${relay.url}/api/retention/${path}`, {
    method,
    headers: auth,
    ...said,
  })
  return {
    status,
    body: answer,
    get state() {
      return retentionStateSchema.parse(answer)
    },
  }
}
async function setRule(scope: string, rule: object | null): Promise<Answer> {
  const { digest } = (await ask('POST', `${scope}/preview`, { rule })).state
  return await ask('PUT', scope, { rule, digest })
}
const listed = async () => (await relay.store.sessions(PROJECT_ID)).map(({ sessionId }) => sessionId).toSorted()

const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: PATIENCE_MS })

/** Some sessions that have ended, and one that runs. */
async function fill(count: number) {
  const agent = await openAgent(relay)
  const browser = await relay.openBrowser()
  const sessions = Array.from({ length: count }, () => ids())
  const running = ids()
  for (const one of [...sessions, running]) {
    ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'secret words', ...one }))
  }
  await handedOver(relay, ...sessions, running)
  for (const one of sessions) {
    agent.socket.emit('command_response', [
      responseOf({ ...one, n: 1, data: 'x'.repeat(500_000) }),
      responseOf({ ...one, n: 2, kind: 'run_finished', data: '{}', isComplete: true }),
    ])
  }
  await eventually(async () => {
    expect((await relay.store.sessions(PROJECT_ID)).filter((one) => one.running === 0)).toHaveLength(count)
  })
  return { agent, browser, sessions: sessions.map(({ sessionId }) => sessionId).toSorted(), running: running.sessionId }
}

test('nothing goes without a rule; with one goes what was shown, and everybody hears of it', async () => {
  relay = await startRelay({ clock, retentionEveryMs: 20 })
  const { agent, browser, sessions, running } = await fill(3)
  const forgotten: string[] = []
  agent.socket.on('agent_request', ({ method }, ack) => {
    forgotten.push(method)
    ack({ ok: true, result: {} })
  })
  const updates: ProjectUpdate[] = []
  browser.on('project_update', (update) => void updates.push(update))
  ok(await browser.emitWithAck('watch_project', { projectId: PROJECT_ID }))
  clock.ahead = 5 * DAY_MS
  ok(await browser.emitWithAck('update_session', { sessionId: sessions[0] ?? '', pinned: true }))
  const seen = await ask('POST', `${PROJECT_ID}/preview`, { rule: { maxAgeDays: 4 } })
  expect(seen.state).toMatchObject({
    rule: { maxAgeDays: 4 },
    holds: { sessions: 4 },
    now: { sessions: 2, entries: 6 },
  })
  expect(seen.state.now.first.map(({ sessionId }) => sessionId).toSorted()).toEqual(sessions.slice(1))
  expect(seen.state.now.first[0]).toMatchObject({ title: 'secret words', why: 'age' })
  expect(await listed()).toHaveLength(4)
  expect(await ask('PUT', PROJECT_ID, { rule: { maxAgeDays: 3 }, digest: seen.state.digest })).toMatchObject({
    status: 409,
    body: { error: { code: 'STALE' } },
  })
  expect((await ask('PUT', PROJECT_ID, { rule: { maxAgeDays: 4 }, digest: seen.state.digest })).status).toBe(200)
  await eventually(async () => expect(await listed()).toEqual([sessions[0] ?? '', running].toSorted()))
  await eventually(() => {
    const deleted = updates.flatMap(({ session }) => (session?.deleted === true ? [session.sessionId] : []))
    expect(deleted.toSorted()).toEqual(sessions.slice(1))
  })
  await eventually(async () => expect(await relay.store.unerased(9)).toEqual([]))
  const { state } = await ask('GET', PROJECT_ID)
  expect(state).toMatchObject({
    set: { by: expect.any(String) },
    now: { sessions: 0 },
    records: [{ sessions: 2, entries: 6 }],
  })
  expect(state.records[0]?.bytes).toBeGreaterThan(1_000_000)
  const told = relay.logs.filter((line) => line.includes('sessions were deleted by a rule'))
  expect(told).toHaveLength(1)
  expect(told.join()).not.toContain('secret')
  expect(forgotten).toEqual(['sessions.forget', 'sessions.forget'])
})

test('a clock that is put forward by a year deletes nothing, until somebody confirms', async () => {
  relay = await startRelay({ clock, retentionEveryMs: 20 })
  const { sessions, running } = await fill(2)
  await setRule('default', { maxAgeDays: 30 })
  clock.ahead = 365 * DAY_MS
  await relay.restart()
  await eventually(async () => expect((await ask('GET', 'default')).state.stopped).toBe('clock'))
  expect((await ask('GET', PROJECT_ID)).state).toMatchObject({ stopped: 'clock', rule: null, now: { sessions: 2 } })
  expect(await listed()).toEqual([...sessions, running].toSorted())
  clock.ahead = 0
  await relay.restart()
  await eventually(() => expect(relay.logs.filter((line) => line.includes('until somebody confirms'))).toHaveLength(2))
  expect((await ask('GET', 'default')).state.stopped).toBe('clock')
  clock.ahead = 40 * DAY_MS
  await setRule('default', { maxAgeDays: 30 })
  await eventually(async () => expect(await listed()).toEqual([running]))
})

test('a project keeps everything by a rule of its own; by size it goes down to the limit', async () => {
  relay = await startRelay({ clock, retentionEveryMs: 20 })
  const { sessions, running } = await fill(3)
  clock.ahead = 2 * DAY_MS
  await setRule(PROJECT_ID, {})
  expect((await setRule('default', { maxBytes: 1_100_000 })).state.now.sessions).toBe(0)
  expect((await ask('GET', PROJECT_ID)).state).toMatchObject({
    rule: {},
    default: { maxBytes: 1_100_000 },
    now: { sessions: 0 },
  })
  const planned = await ask('POST', `${PROJECT_ID}/preview`, { rule: null })
  expect(planned.state).toMatchObject({ rule: null, now: { sessions: 1, first: [{ why: 'size' }] } })
  expect(await listed()).toHaveLength(4)
  await setRule(PROJECT_ID, null)
  // It is a rule of its own no more; the default looks again in an hour, or when it is set.
  await setRule('default', { maxBytes: 1_100_000 })
  await eventually(async () => expect(await listed()).toHaveLength(3))
  expect(await listed()).toContain(running)
  expect(sessions).toHaveLength(3)
})

test('what nobody may set is refused, and who is not signed in sees nothing', async () => {
  relay = await startRelay()
  await openAgent(relay)
  const codeOf = ({ status, body }: Answer) => [status, (body['error'] as { code: string }).code]
  expect(codeOf(await ask('GET', randomUUID()))).toEqual([404, 'NOT_FOUND'])
  expect(codeOf(await ask('GET', 'everything'))).toEqual([404, 'NOT_FOUND'])
  for (const rule of [{ maxAgeDays: 0 }, { maxBytes: 5 }, { maxAgeDays: 1.5 }, { other: 1 }, 'all']) {
    expect(codeOf(await ask('POST', `${PROJECT_ID}/preview`, { rule }))).toEqual([400, 'BAD_REQUEST'])
  }
  expect((await fetch(`${relay.url}/api/retention/default`)).status).toBe(401)
})

test('the command line says what a rule would delete, and sets it with --yes beside the running relay', async () => {
  relay = await startRelay({ clock, retentionEveryMs: 20 })
  const { running } = await fill(2)
  clock.ahead = 3 * DAY_MS
  const open = () => openSqliteStore({ dataDir: relay.dataDir, exclusive: false })
  const retention = (args: string[], flags = {}) => changeRetention(open, args, flags, clock)
  expect(await retention([])).toMatch(/^default\s+projects without a rule: no rule\n.*demo on laptop: no rule$/)
  const said = await retention([PROJECT_ID], { days: '2' })
  expect(said).toContain('Now it would delete 2 sessions, 6 entries, 1.0 MB')
  expect(said).toContain('secret words')
  expect(said).toContain('Nothing was changed')
  expect(await retention([PROJECT_ID])).toContain('everything is kept (no rule of its own)')
  expect(await retention([PROJECT_ID], { days: '2', yes: true })).toContain('It is set.')
  await eventually(async () => expect(await listed()).toEqual([running]))
  expect(await retention([PROJECT_ID])).toContain('2 sessions, 6 entries, 1.0 MB, because sessions go 2 days after')
  expect(await retention([PROJECT_ID], { none: true, yes: true })).toContain('It is set.')
  for (const flags of [
    { days: '0' },
    { size: '5' },
    { size: '1KB' },
    { days: '3', keep: true },
    { none: true, keep: true },
  ]) {
    await expect(retention([PROJECT_ID], flags)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  }
  await expect(retention(['nowhere'])).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(retention([], { yes: true })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
})
