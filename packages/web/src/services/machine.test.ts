// @vitest-environment node
import { FarhandError } from '@farhand/shared'
import { expect, test } from 'vitest'
import { fakeRelay } from '../testing/world.ts'
import { machineOver, tellRefusal } from './machine.ts'

const status = { repository: true, branch: 'main', ahead: 1, behind: 0, files: [], truncated: false }

test('a question goes to the machine of the project, and its answer is of the known shape', async () => {
  const { relay, asked } = fakeRelay(() => ({ ok: true, result: { ...status, later: 'unknown' } }))
  const answer = await machineOver(relay.ask)('p1', 'git.status', { sessionId: 's1' })
  expect(answer).toEqual(status)
  expect(asked).toEqual([
    { event: 'ask_agent', payload: { projectId: 'p1', method: 'git.status', params: { sessionId: 's1' } } },
  ])
})

test('an answer of another shape is a refusal that says what to do', async () => {
  const { relay } = fakeRelay(() => ({ ok: true, result: { repository: 'perhaps' } }))
  const asking = machineOver(relay.ask)('p1', 'git.status', {})
  await expect(asking).rejects.toMatchObject({ code: 'UPGRADE_REQUIRED' })
  await expect(asking).rejects.toThrow(/Update the agent/)
})

test.for([
  { code: 'AGENT_OFFLINE', says: 'studio is not connected. Try again when it is.' },
  { code: 'TIMEOUT_TOTAL', says: 'studio took too long to answer. Try again.' },
  { code: 'RATE_LIMITED', says: 'studio has many questions to answer. Try again in a moment.' },
  { code: 'NOT_FOUND', says: 'There is no such file.' },
  { code: 'BAD_REQUEST', says: 'There is no such file.' },
] as const)('$code is told in words', async ({ code, says }) => {
  const { relay } = fakeRelay(() => Promise.reject(new FarhandError(code, 'There is no such file.')))
  const reason = await machineOver(relay.ask)('p1', 'files.read', { path: 'x' }).catch((error: unknown) => error)
  expect(tellRefusal(reason, 'studio')).toBe(says)
})

test('a fault that is none of the list is not shown as it is', () => {
  expect(tellRefusal(new TypeError('x is not a function'), 'studio')).not.toContain('function')
})
