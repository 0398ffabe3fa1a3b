import { mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RequestBody } from '@farhand/shared'
import { expect, test, vi } from 'vitest'
import { drivers, type FakeDriver } from '../../test/fakeDriver.ts'
import { AUTHOR } from '../../test/relay.ts'
import { accepted, runnerParts, said } from '../../test/runnerParts.ts'
import { temporaryDirectory, until } from '../../test/temporary.ts'
import { createRunner, type Runner, type RunnerParts, type Stop } from './runner.ts'

/** A run that is stopped at a bad moment. The process is a fake one. */

const CANCELLED: Stop = { code: 'CANCELLED', message: 'Somebody stopped the command.' }
const OVER = { scope: 'session', what: 'cost', limit: 1, spent: 1 } as const

function runnerOver(parts: RunnerParts) {
  drivers.length = 0
  return createRunner(parts)
}

async function driver(nth: number): Promise<FakeDriver> {
  await until(`process ${nth}`, () => drivers.length > nth)
  const found = drivers[nth]
  if (found === undefined) throw new Error('it was there')
  return found
}

/** The codes of the ends that were told. */
async function ends(parts: RunnerParts, count = 1): Promise<(string | undefined)[]> {
  const told = () => said(parts).filter(({ isComplete }) => isComplete)
  await until(`${count} ends`, () => told().length >= count)
  return told().map(({ code }) => code)
}

const requests = (parts: RunnerParts) =>
  said(parts).flatMap(({ kind, data }) => (kind === 'request' ? [JSON.parse(data) as RequestBody] : []))

/** A run of an earlier process, whose call somebody has just allowed. */
function hold(runner: Runner, parts: RunnerParts): void {
  const transcript = join(temporaryDirectory(), 'record.jsonl')
  const use = { type: 'tool_use', id: 't1', name: 'Bash', input: { command: 'make' } }
  writeFileSync(
    transcript,
    `${JSON.stringify({ type: 'assistant', uuid: 'a1', message: { id: 'm', content: [use] } })}\n`,
  )
  const call = { toolUseId: 't1', tool: 'Bash', type: 'permission' as const, digest: 'd', transcript }
  runner.hold(accepted(parts), { requestId: 'r1', call })
  expect(runner.requests.decide({ requestId: 'r1', digest: 'd', behavior: 'allow' }, AUTHOR)).toBe('held')
}

test('a held run that is taken up has no more than what is left of the budget', async () => {
  const parts = runnerParts()
  parts.accounts = { ...parts.accounts, look: () => ({ left: { costUsd: 0.5, turns: 3 } }) }
  const runner = runnerOver(parts)
  hold(runner, parts)
  runner.takeUp()
  expect((await driver(0)).launch.limits).toEqual({ maxTurns: 3, maxBudgetUsd: 0.5 })
  await runner.close()
})

test('[CMD5] stopped while a held run is taken up: its process is ended at once, and asks about nothing', async () => {
  const parts = runnerParts()
  const runner = runnerOver(parts)
  hold(runner, parts)
  runner.takeUp()
  runner.stop(CANCELLED)
  expect(await ends(parts)).toEqual(['CANCELLED'])
  expect(runner.current()).toBeUndefined()
  expect(drivers.map(({ endings }) => endings)).toEqual(drivers.map(() => ['kill']))
  // What comes next has the conversation for itself.
  runner.start(accepted(parts, { seq: 2 }))
  await until('the prompt', () => drivers.at(-1)?.prompts.length === 1)
  expect(drivers.filter(({ endings }) => endings.length === 0)).toHaveLength(1)
  await runner.close()
})

test('[CMD5] stopped while the process is started that goes on after a budget: it is told nothing', async () => {
  const parts = runnerParts()
  let isOver = false
  parts.accounts = {
    ...parts.accounts,
    look: () => (isOver ? { left: {}, over: OVER } : { left: { turns: 5 } }),
    raise: () => (isOver = false),
  }
  const runner = runnerOver(parts)
  runner.start(accepted(parts))
  const first = await driver(0)
  await until('the prompt', () => first.prompts.length === 1)
  isOver = true
  first.told = { limitReached: true }
  first.events.turnOver()
  await until('the question', () => requests(parts).length === 1)
  const [{ requestId, digest }] = requests(parts) as [RequestBody]
  vi.spyOn(first, 'end').mockImplementationOnce((how) => {
    runner.stop(CANCELLED)
    return first.end(how)
  })
  runner.requests.decide({ requestId, digest, behavior: 'allow' }, AUTHOR)
  expect(await ends(parts)).toEqual(['CANCELLED'])
  expect(drivers.slice(1).flatMap(({ prompts }) => prompts)).toEqual([])
  await runner.close()
})

test('[CMD5] stopped before its budget is looked at: nobody is asked', async () => {
  const parts = runnerParts()
  parts.accounts = { ...parts.accounts, look: () => ({ left: {}, over: OVER }) }
  const { promise: entered, resolve: enter } = Promise.withResolvers<{ root: string; directory: string }>()
  parts.worktrees = { enter: () => entered }
  const runner = runnerOver(parts)
  runner.start(accepted(parts))
  runner.stop(CANCELLED)
  enter({ root: '/', directory: '/' })
  expect(await ends(parts)).toEqual(['CANCELLED'])
  expect(requests(parts)).toEqual([])
  await runner.close()
})

test('[CMD5] stopped while it waits for a process that hangs: that one is ended', async () => {
  const parts = runnerParts()
  const runner = runnerOver(parts)
  runner.start(accepted(parts))
  const first = await driver(0)
  await until('the prompt', () => first.prompts.length === 1)
  first.events.turnOver()
  await ends(parts)
  first.hangs = true
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    runner.start(accepted(parts, { seq: 2, options: { model: 'opus' } }))
    runner.stop(CANCELLED)
    await vi.advanceTimersByTimeAsync(5_000)
  } finally {
    vi.useRealTimers()
  }
  expect(first.endings).toContain('terminate')
  await runner.close()
})

test('a working directory that cannot be looked at any more ends the run, not the agent', async () => {
  const parts = runnerParts()
  const runner = runnerOver(parts)
  const item = accepted(parts)
  const project = parts.rootOf(item.input.projectId) ?? ''
  runner.start(item)
  const first = await driver(0)
  await until('the prompt', () => first.prompts.length === 1)
  rmSync(project, { recursive: true })
  symlinkSync(project, project) // which leads to itself
  vi.spyOn(first, 'interrupt').mockImplementation(async () => first.events.turnOver())
  expect(await ends(parts)).toEqual(['CWD_MISSING'])
  await runner.close()
})

test('[CMD5] forced, a run that was stopped is ended at once; one that was not goes on', async () => {
  const parts = runnerParts()
  const runner = runnerOver(parts)
  runner.start(accepted(parts))
  const first = await driver(0)
  await until('the prompt', () => first.prompts.length === 1)
  runner.force()
  expect(first.endings).toEqual([])
  first.hangs = true // the interrupt is never answered
  runner.stop(CANCELLED)
  runner.force()
  expect(first.endings).toEqual(['kill'])
  expect(await ends(parts)).toEqual(['CANCELLED'])
  await runner.close()
})

test('a conversation that was taken over goes on where it was held, also for who does not say where', async () => {
  const parts = runnerParts()
  const root = temporaryDirectory()
  const held = join(root, 'sub')
  mkdirSync(held)
  const runner = runnerOver({ ...parts, rootOf: () => root })
  parts.spool.facts.set(parts.sessionId, { directory: realpathSync(held) })
  runner.start(accepted(parts))
  expect((await driver(0)).launch.cwd).toBe(realpathSync(root)) // one that began here says where, or means the project
  parts.spool.facts.set(parts.sessionId, { directory: realpathSync(held), importedFrom: 'c1' })
  const first = await driver(0)
  await until('the prompt', () => first.prompts.length === 1)
  first.events.turnOver()
  await ends(parts)
  runner.start(accepted(parts, { seq: 2 }))
  expect((await driver(1)).launch.cwd).toBe(realpathSync(held))
  await runner.close()
})
