import { expect, test } from 'vitest'
import { agentHops, relayHop } from './hops.ts'

const HERE = { name: 'laptop', host: 'laptop.local', online: true, sinceMs: 60_000, heardMs: 2_000 }

test('what is not known is not shown as well', () => {
  expect(relayHop(undefined).tone).toBe('unknown')
  expect(agentHops({ ...HERE, heardMs: undefined }, 0).map(({ tone }) => tone)).toEqual(['unknown', 'unknown'])
})

test('proofs grow older while nothing new is told', () => {
  expect(agentHops(HERE, 1_000)[0]).toMatchObject({ tone: 'done', proof: 'heard from 3.0 s ago' })
  expect(agentHops(HERE, 30_000)[0]).toMatchObject({ tone: 'need', proof: 'heard from 32 s ago' })
  expect(relayHop(1_000).tone).toBe('done')
  expect(relayHop(10_000)).toMatchObject({ tone: 'fail', proof: 'answered 10 s ago' })
})

test('of a machine that is away nothing is claimed', () => {
  const [machine, claude] = agentHops({ name: 'laptop', online: false, sinceMs: 120_000 }, 0)
  expect(machine).toMatchObject({ tone: 'fail', proof: 'away for 2 min 0 s' })
  expect(claude).toMatchObject({ tone: 'unknown', proof: 'not known' })
})

test('a Claude Code with a problem says which', () => {
  const claude = { version: '2.1.0', toldMs: 0 }
  expect(agentHops({ ...HERE, claude }, 0)[1]).toMatchObject({ tone: 'done', detail: '2.1.0' })
  const problem = { code: 'CLAUDE_AUTH', message: 'Claude Code is not logged in.' }
  expect(agentHops({ ...HERE, claude: { ...claude, problem } }, 0)[1]).toMatchObject({
    tone: 'fail',
    detail: problem.message,
  })
})
