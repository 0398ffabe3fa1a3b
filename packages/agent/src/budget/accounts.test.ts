import { randomUUID } from 'node:crypto'
import { agentMethods } from '@farhand/shared'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../test/temporary.ts'
import { openSpool } from '../spool/spool.ts'
import { createAccounts } from './accounts.ts'

const projectId = randomUUID()
const counted = {
  runs: 1,
  untold: 0,
  inputTokens: 100,
  outputTokens: 20,
  cacheReadTokens: 7,
  cacheCreationTokens: 3,
}
const used = (costUsd: number) => ({ costUsd, turns: 2, ms: 1_000, counted })

test('what a project and its sessions used is told, by session and by day, also after a restart', () => {
  const directory = temporaryDirectory()
  let now = new Date(2030, 0, 1, 12).getTime()
  const clock = { now: () => now }
  const limits = { sessionUsd: 1, projectUsdPerDay: 5 }
  const first = openSpool(directory, clock)
  const accounts = createAccounts(limits, { facts: first.facts, clock })
  const [cheap, dear, foreign] = [randomUUID(), randomUUID(), randomUUID()]
  accounts.add({ sessionId: cheap, projectId }, used(0.5))
  accounts.add({ sessionId: foreign, projectId: randomUUID() }, used(9))
  now += 24 * 60 * 60 * 1000
  accounts.add({ sessionId: dear, projectId }, used(3))
  const { over } = accounts.look({ sessionId: dear, projectId })
  if (over === undefined) throw new Error('it is over')
  accounts.raise({ sessionId: dear, projectId }, over)
  expect(accounts.look({ sessionId: dear, projectId }).over).toBeUndefined()
  first.close()

  const second = openSpool(directory, clock)
  const usage = createAccounts(limits, { facts: second.facts, clock }).usage(projectId)
  expect(usage).toEqual({
    limits,
    today: { day: '2030-01-02', costUsd: 3, raised: 0, counted },
    days: [
      { day: '2030-01-01', costUsd: 0.5, counted },
      { day: '2030-01-02', costUsd: 3, counted },
    ],
    sessions: [
      { sessionId: dear, ...used(3), raised: { cost: 3, turns: 0, time: 0 } },
      { sessionId: cheap, ...used(0.5), raised: { cost: 0, turns: 0, time: 0 } },
    ],
    truncated: false,
  })
  expect(agentMethods['usage.list'].result.parse(usage)).toEqual(usage)
  // A session's facts are its own: no id of a session reaches those of a project.
  second.facts.forget(projectId)
  expect(createAccounts(limits, { facts: second.facts, clock }).usage(projectId).today.costUsd).toBe(3)
  second.close()
})

test('what a run was handed is not for others, until it is given back', () => {
  const spool = openSpool(temporaryDirectory(), Date)
  const accounts = createAccounts({ projectUsdPerDay: 8 }, { facts: spool.facts, clock: Date })
  const [one, two] = [randomUUID(), randomUUID()].map((sessionId) => ({ sessionId, projectId }))
  if (one === undefined || two === undefined) throw new Error('they are there')
  accounts.handOut(one, accounts.look(one).left.costUsd)
  expect(accounts.look(one).left).toEqual({ costUsd: 4 })
  expect(accounts.look(two).left).toEqual({ costUsd: 2 })
  accounts.handOut(two, 4)
  expect(accounts.look({ sessionId: randomUUID(), projectId }).over).toMatchObject({ spent: 0, handedOut: 8 })
  expect(accounts.look({ sessionId: randomUUID(), projectId: randomUUID() }).left).toEqual({ costUsd: 4 })
  accounts.add(one, used(1))
  accounts.giveBack(one.sessionId)
  expect(accounts.look(one).left).toEqual({ costUsd: 1.5 })
  spool.close()
})

test('what began before runs and tokens were counted says nothing of them, rather than a part', () => {
  const spool = openSpool(temporaryDirectory(), Date)
  const accounts = createAccounts({}, { facts: spool.facts, clock: Date })
  const [old, young] = [randomUUID(), randomUUID()]
  const { day } = accounts.usage(projectId).today
  const raised = { cost: 0, turns: 0, time: 0 }
  spool.facts.set(old, { projectId, spent: { costUsd: 1, turns: 1, ms: 1, raised } })
  spool.facts.setOfProject(projectId, { days: [{ day, costUsd: 1, raised: 0 }] })
  for (const sessionId of [old, young, young]) accounts.add({ sessionId, projectId }, used(0.25))
  const { today, sessions } = accounts.usage(projectId)
  expect(today).toEqual({ day, costUsd: 1.75, raised: 0 })
  expect(sessions.map((each) => each.counted)).toEqual([
    undefined,
    { runs: 2, untold: 0, inputTokens: 200, outputTokens: 40, cacheReadTokens: 14, cacheCreationTokens: 6 },
  ])
  spool.close()
})
