import { afterAll, beforeAll, expect, test } from 'vitest'
import { PROJECT_ID, collect, ok, openAgent, startRelay, until, type Relay } from '../../test/harness.ts'
import { MAX_SUBSCRIPTIONS, createSubscriptions } from './subscriptions.ts'

let relay: Relay
beforeAll(async () => {
  relay = await startRelay()
  await openAgent(relay)
})
afterAll(() => relay.close())

test('[LOG2] a command that is on disk is accepted, however many sessions its socket hears already', async () => {
  const browser = await relay.openBrowser()
  const entries = collect(browser)
  const send = (part: object = {}) =>
    browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go', ...part })
  const sent = await Promise.all(Array.from({ length: MAX_SUBSCRIPTIONS + 1 }, () => send()))
  expect(sent.map((answer) => answer.ok)).toEqual(sent.map(() => true))
  const sessions = sent.map((answer) => ok(answer).sessionId)
  await until(() => entries.some((entry) => entry.sessionId === sessions.at(-1)))

  // The one followed longest gave way, and what somebody asks for finds room among those.
  const [first = ''] = sessions
  expect(ok(await browser.emitWithAck('subscribe', { sessionId: first })).head).toBe(1)
  for (let times = 0; times < 3; times += 1) ok(await send())
  ok(await send({ sessionId: first }))
  await until(() => entries.some((entry) => entry.sessionId === first && entry.seq === 2))
})

test('whoever asks for too many sessions is refused; one that was only followed gives way before', () => {
  const { add, follow, givingWay } = createSubscriptions<string>()
  for (let index = 0; index < MAX_SUBSCRIPTIONS; index += 1) add('page', String(index), 'every')
  expect(givingWay('page', '0')).toBe('none')
  expect(givingWay('page', 'one more')).toBe('full')
  expect(() => add('page', 'one more', 'every')).toThrow(expect.objectContaining({ code: 'RATE_LIMITED' }))
  follow('page', '7')
  expect(givingWay('page', 'one more')).toEqual({ sessionId: '7' })
  add('page', '7', 'records')
  expect(givingWay('page', 'one more')).toBe('full')
})
