import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLogger } from '../logger.ts'
import { createFollowing } from './following.ts'
import { createMembers } from './members.ts'
import type { BusMessage } from './messages.ts'
import { startRounds } from './rounds.ts'

beforeEach(
  () =>
    void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] }),
)
afterEach(() => void vi.useRealTimers())

function start() {
  const bus = { state: 'up' as 'up' | 'down', said: [] as BusMessage['type'][] }
  const gone: string[] = []
  const looks = { inputs: 0, projects: 0, fail: false }
  const members = createMembers()
  const logger = createLogger('silent')
  const store = {
    page: () => Promise.resolve(undefined),
    session: () => Promise.resolve(undefined),
    heads: () => (looks.fail ? Promise.reject(new Error('no connection')) : Promise.resolve(new Map<string, number>())),
    projects: () => Promise.resolve([{ projectId: 'p', name: 'p', path: '/p', agentId: 'a', agentName: 'a' }]),
    sessions: () => Promise.resolve([]),
    openRequests: () => Promise.resolve([]),
  }
  const nothing = (): void => {}
  const rounds = startRounds({
    bus: {
      self: 'a',
      say: ({ type }) => void bus.said.push(type),
      hear: () => nothing,
      state: () => bus.state,
      lagMs: () => 0,
      close: () => Promise.resolve(),
    },
    store,
    logger,
    members,
    following: createFollowing({ store, isRead: () => false, emit: nothing, onFound: nothing, logger }),
    sayAll: () => void bus.said.push('agents'),
    gone: (relay) => {
      members.forget(relay)
      gone.push(relay)
    },
    here: {
      isRead: () => false,
      read: () => ['s'],
      isWatched: () => true,
      projectRead: () => void (looks.projects += 1),
      connections: () => [
        {
          ...{ agentId: 'a', tokenId: 't', epoch: 1, name: 'a', host: 'a', projectIds: new Set(), holds: new Set() },
          offer: () => Promise.resolve(),
          request: () => Promise.resolve(),
          fence: nothing,
        },
      ],
      sayAgents: () => [],
      agentMoved: nothing,
      handOver: () => Promise.resolve(void (looks.inputs += 1)),
      watched: () => [],
      peopleMoved: nothing,
      sessionChanged: nothing,
      ended: nothing,
    },
  })
  return { rounds, members, bus, gone, looks }
}

test('a relay that says nothing any more is gone, and what it did last is looked for', async () => {
  const { rounds, members, gone, looks } = start()
  members.heard('b', performance.now())
  await vi.advanceTimersByTimeAsync(7_900)
  expect(gone).toEqual([])
  const before = looks.projects
  await vi.advanceTimersByTimeAsync(2_000)
  expect(gone).toEqual(['b'])
  expect(looks.projects).toBeGreaterThan(before)
  rounds.stop()
})

test('nobody is gone because the bus is down; then inputs are looked for each second, and all is told again afterwards', async () => {
  const { rounds, members, bus, gone, looks } = start()
  await vi.advanceTimersByTimeAsync(2_000)
  members.heard('b', performance.now())
  bus.state = 'down'
  const before = looks.inputs
  await vi.advanceTimersByTimeAsync(20_000)
  expect(gone).toEqual([])
  expect(looks.inputs - before).toBeGreaterThanOrEqual(18)
  bus.state = 'up'
  bus.said.length = 0
  await vi.advanceTimersByTimeAsync(1_000)
  expect(bus.said).toEqual(expect.arrayContaining(['alive', 'hello', 'agents']))
  await vi.advanceTimersByTimeAsync(10_000)
  expect(gone).toEqual(['b'])
  rounds.stop()
})

test('with nothing lost, inputs are looked for now and then only', async () => {
  const { rounds, looks } = start()
  await vi.advanceTimersByTimeAsync(2_000)
  const before = looks.inputs
  await vi.advanceTimersByTimeAsync(10_000)
  expect(looks.inputs - before).toBe(2)
  rounds.stop()
})

test('a store that fails keeps nobody from hearing that this relay is there', async () => {
  const { rounds, bus, looks } = start()
  looks.fail = true
  bus.said.length = 0
  await vi.advanceTimersByTimeAsync(5_000)
  expect(bus.said.filter((type) => type === 'alive')).toHaveLength(5)
  const before = looks.projects
  looks.fail = false
  await vi.advanceTimersByTimeAsync(2_000)
  expect(looks.projects).toBeGreaterThan(before)
  rounds.stop()
})
