import { AGENT_REQUEST_TIMEOUT_MS, type AgentRequest, type Observer } from '@farhand/shared'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createAgentDirectory } from './agentDirectory.ts'
import { createAgentRequests } from './agentRequests.ts'
import { createMemoryBuses } from './memoryBus.ts'
import { EXPIRY_MS, createMembers } from './members.ts'
import type { SaidAgent } from './messages.ts'
import { createPeople, sayWatched } from './people.ts'

const AGENT: SaidAgent = {
  agentId: 'agent',
  epoch: 3,
  tokenId: 'token',
  name: 'laptop',
  host: 'laptop.local',
  projectIds: ['p1'],
  sinceMs: 1_000,
}

describe('the other relays', () => {
  test('one that is silent for too long is gone, whatever the time of day', () => {
    const members = createMembers()
    expect(members.heard('b', 0)).toBe(true)
    expect(members.heard('b', 5_000)).toBe(false)
    expect(members.silent(5_000 + EXPIRY_MS)).toEqual([])
    expect(members.silent(5_001 + EXPIRY_MS)).toEqual(['b'])
    members.excuse(14_000)
    expect(members.silent(14_000 + EXPIRY_MS)).toEqual([])
    members.forget('b')
    expect(members.heard('b', 99_000)).toBe(true)
  })
})

describe('the agents of other relays', () => {
  function open() {
    const clock = { now: () => 100_000 }
    const changes: string[] = []
    const directory = createAgentDirectory({
      clock,
      request: (relay, agentId, { method }) => Promise.resolve(`${relay} ${agentId} ${method}`),
      onChange: (agentId, projectIds) => void changes.push([agentId, ...projectIds].join(' ')),
    })
    return { directory, changes, clock }
  }

  test('each change is told once, and what only ages is none', () => {
    const { directory, changes, clock } = open()
    directory.heard('b', [AGENT])
    clock.now = () => 102_000
    directory.heard('b', [{ ...AGENT, sinceMs: 3_004, heardMs: 5, claudeToldMs: 7 }])
    expect(changes).toEqual(['agent p1'])
    expect(directory.of('agent')).toMatchObject({ since: 99_000, heardAt: 101_995, claudeToldAt: 101_993 })
    directory.heard('b', [{ ...AGENT, projectIds: ['p2'] }])
    expect(changes).toEqual(['agent p1', 'agent p1 p2'])
    directory.heard('b', [])
    expect(changes).toEqual(['agent p1', 'agent p1 p2', 'agent p2'])
    expect(directory.of('agent')).toBeUndefined()
  })

  test('[AG2] of two that tell of one agent, the one with its newer connection counts, and it is asked', async () => {
    const { directory } = open()
    directory.heard('b', [AGENT])
    directory.heard('c', [{ ...AGENT, epoch: 4 }])
    const request: AgentRequest = { projectId: 'p1', method: 'files', author: { id: 'i', name: 'n', device: 'd' } }
    expect(await directory.of('agent')?.request(request)).toBe('c agent files')
    directory.gone('c')
    expect(await directory.of('agent')?.request(request)).toBe('b agent files')
  })
})

describe('a question to an agent of another relay', () => {
  afterEach(() => void vi.useRealTimers())
  const request: AgentRequest = { projectId: 'p', method: 'm', author: { id: 'i', name: 'n', device: 'd' } }

  test('[CON4] has an end when its relay goes, when nobody answers, and when the bus is down', async () => {
    vi.useFakeTimers()
    const buses = createMemoryBuses()
    const bus = buses.join()
    const requests = createAgentRequests({ bus, askHere: () => Promise.resolve('here') })
    const offline = { code: 'AGENT_OFFLINE' }
    const one = requests.ask('b', 'agent', request)
    const two = requests.ask('c', 'agent', request)
    requests.gone('b')
    await expect(one).rejects.toMatchObject(offline)
    const outcome = expect(two).rejects.toMatchObject(offline)
    await vi.advanceTimersByTimeAsync(AGENT_REQUEST_TIMEOUT_MS + 1_000)
    await outcome
    buses.cut(true)
    await expect(requests.ask('c', 'agent', request)).rejects.toMatchObject(offline)
    buses.cut(false)
    const last = requests.ask('c', 'agent', request)
    requests.close()
    await expect(last).rejects.toMatchObject(offline)
  })
})

describe('people at other relays', () => {
  test('are told of by ages, so that another clock does nothing, and go with their relay', () => {
    const changes: string[] = []
    const people = createPeople({ clock: { now: () => 50_000 }, onChange: (sessionId) => void changes.push(sessionId) })
    const observer: Observer = { id: 'o', author: { id: 'i', name: 'n', device: 'd' }, state: 'typing', since: 9_000 }
    const said = [sayWatched('s', [observer], 10_000)]
    people.heard('b', said, false)
    expect(people.at('s')).toEqual([{ ...observer, since: 49_000 }])
    people.heard('b', said, true)
    expect(changes).toEqual(['s'])
    people.heard('c', [sayWatched('s', [{ ...observer, id: 'other' }], 10_000)], true)
    people.gone('b')
    expect(people.at('s').map(({ id }) => id)).toEqual(['other'])
    people.heard('c', [], true)
    expect(people.at('s')).toEqual([])
    expect(changes).toEqual(['s', 's', 's', 's'])
  })
})
