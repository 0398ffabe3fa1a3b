import { setTimeout as sleep } from 'node:timers/promises'
import type { AgentResult, RunFinishedBody } from '@farhand/shared'
import { expect, test, vi } from 'vitest'
import { openHouse } from './house.ts'
import type { Reply, Turn } from './model.ts'

/** Each of these starts Claude Code several times. */
vi.setConfig({ testTimeout: 60_000 })

/** Budgets, with the real Claude Code, which counts what its model uses. */

/** One request of the model costs 0.0006 dollars or a little more. */
function script(turn: Turn): Reply {
  const used = turn.toolResults.length
  const steps = turn.prompt.startsWith('LONG') ? 1 : 0
  if (turn.prompt === 'Go on where you were stopped.') return { blocks: [{ type: 'text', text: 'I went on.' }] }
  if (used < steps) return STEP
  return { blocks: [{ type: 'text', text: 'Done.' }] }
}

const STEP: Reply = {
  blocks: [{ type: 'tool_use', name: 'Bash', input: { command: 'true', description: 'step' } }],
}

test('at the limit a run is interrupted and a person asked; a yes is as much again, a no ends it, and what follows is asked first', async () => {
  const house = await openHouse({ script, budgets: { sessionUsd: 0.0012 } })
  const session = house.session()
  expect((await session.end(await session.command('one'))).response.status).toBe('complete')
  const second = await session.command('two')
  const request = await session.request()
  expect(request).toMatchObject({
    type: 'permission',
    tool: 'Budget',
    input: { scope: 'session', what: 'cost', limit: 0.0012 },
    description: expect.stringContaining('as much again'),
  })
  expect(session.log().some(({ commandId, isComplete }) => commandId === second && isComplete)).toBe(false)
  await sleep(WAIT_MS)
  await session.decide(request, {})
  const went = await session.end(second)
  expect(went.body.result).toBe('I went on.')

  const third = await session.command('three')
  await session.decide(await session.request(1), { behavior: 'deny' })
  const { response, body } = await session.end(third)
  expect(response.code).toBe('BUDGET_EXCEEDED')
  expect(body.error?.message).toContain('This session has used $0.00')
  const asked = house.model.turns.length
  const fourth = await session.command('four')
  await session.decide(await session.request(2), { behavior: 'deny' })
  expect((await session.end(fourth)).response.code).toBe('BUDGET_EXCEEDED')
  expect(house.model.turns).toHaveLength(asked)
  // While a person was asked, nothing was used.
  const usage = (await house.relay.ask('usage.list')) as AgentResult<'usage.list'>
  const { sessionId } = session
  expect(usage).toMatchObject({
    limits: { sessionUsd: 0.0012 },
    sessions: [{ sessionId, raised: { cost: 1, time: 0 } }],
  })
  expect(usage.sessions[0]?.ms).toBeGreaterThan(0)
  const durations = session.bodies('run_finished').map((each) => (each as RunFinishedBody).durationMs)
  // It is looked once a second whether somebody is asked.
  expect(usage.sessions[0]?.ms).toBeLessThan(durations.reduce((sum, each) => sum + each, 0) - WAIT_MS / 3)
  expect(usage.today.costUsd).toBe(usage.sessions[0]?.costUsd)
})

const WAIT_MS = 1_500

test('a run gets a share of the day of its project, and the next one by itself when it has used it', async () => {
  const endless = (turn: Turn) => (turn.prompt.startsWith('Go on') ? script(turn) : STEP)
  const house = await openHouse({ script: endless, budgets: { projectUsdPerDay: 0.006 } })
  const session = house.session()
  const { body } = await session.end(await session.command('work'), 40_000)
  expect(body.result).toBe('I went on.')
  expect(session.bodies('request')).toEqual([])
  const { sessions } = (await house.relay.ask('usage.list')) as AgentResult<'usage.list'>
  expect(sessions[0]?.costUsd).toBeGreaterThan(0.003)
  expect(sessions[0]?.costUsd).toBeLessThan(0.006)
})

test('turns are counted over the commands of a session', async () => {
  const house = await openHouse({ script, budgets: { sessionTurns: 2 } })
  const session = house.session()
  await session.end(await session.command('one'))
  const commandId = await session.command('LONG work')
  const request = await session.request()
  expect(request).toMatchObject({ tool: 'Budget', input: { what: 'turns', limit: 2 } })
  await session.decide(request, {})
  expect((await session.end(commandId)).body.result).toBe('I went on.')
})

test('a project has its day; stopped while it is asked, a run is cancelled and nothing waits', async () => {
  const house = await openHouse({ script, budgets: { projectUsdPerDay: 0.0005 } })
  const [first, second] = [house.session(), house.session()]
  const one = await first.command('one')
  await first.decide(await first.request(), { behavior: 'deny' })
  expect((await first.end(one)).response.code).toBe('BUDGET_EXCEEDED')
  const commandId = await second.command('two')
  expect(await second.request()).toMatchObject({ input: { scope: 'project' } })
  await second.input('cancel', { commandId })
  expect((await second.end(commandId)).response.code).toBe('CANCELLED')
  expect(second.bodies('request_resolved')).toMatchObject([{ outcome: 'cancelled' }])
})
