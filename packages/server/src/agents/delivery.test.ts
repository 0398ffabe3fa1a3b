import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CONFIRM_AFTER_MS, FarhandError, type AgentCommand } from '@farhand/shared'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { until } from '../../test/harness.ts'
import { AGENT, PROJECT, command, decision, hello, ids, input, response } from '../log/contract/fixtures.ts'
import { startHousekeeping } from '../log/housekeeping.ts'
import { openSessionLog, type SessionLog } from '../log/sessionLog.ts'
import { openSqliteStore } from '../log/sqliteStore.ts'
import type { Store } from '../log/store.ts'
import { createLogger } from '../logger.ts'
import { AgentSilentError, createAgents, type AgentConnection, type Agents } from './agents.ts'
import { createDelivery, type Delivery } from './delivery.ts'

const HOUR_MS = CONFIRM_AFTER_MS

let dataDir = ''
let store: Store
let log: SessionLog
let delivery: Delivery
let offered: AgentCommand[]
let connection: AgentConnection
let agents: Agents
const clock = { time: 0, now: () => clock.time }

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'farhand-delivery-'))
  clock.time = 1_000
  offered = []
  store = await openSqliteStore({ dataDir })
  await store.acceptHello(hello(), clock.now())
  log = openSessionLog({ store, clock, onFailure: () => {} })
  agents = createAgents(clock)
  connection = {
    agentId: AGENT,
    tokenId: 'token',
    epoch: 1,
    name: 'laptop',
    host: 'laptop',
    projectIds: new Set([PROJECT]),
    holds: new Set(),
    offer: (one) => Promise.resolve(void offered.push(one)),
    request: () => Promise.reject(new Error('not asked')),
    fence: () => {},
  }
  agents.arrive(connection)
  const connectionOf = () => Promise.resolve(connection)
  delivery = createDelivery({ store, log, agents, connectionOf, clock, logger: createLogger('silent') })
  log.onCommitted(delivery.committed)
})

afterEach(async () => {
  delivery.close()
  await log.flush()
  await store.close()
  rmSync(dataDir, { recursive: true, force: true })
})

const kinds = () => offered.map((one) => one.kind)

describe('a lane goes on behind', () => {
  test('[CMD2] [LOG9] a command that was begun and whose time is over; the agent is asked, because it may have ended there', async () => {
    const said = ids()
    await store.append(
      [
        command({ ...said, expiresAt: 2_000 }),
        response(said, 1, { kind: 'request', key: 'r', digest: 'd' }),
        decision(said, 'r', 'd'),
      ],
      clock.now(),
    )
    clock.time = 3_000
    await delivery.start(connection)
    await until(() => offered.length > 1, 'the decision behind it was never handed over', 2_000)
    expect(kinds()).toEqual(['command', 'decision'])
  })

  test('[CMD2] the same where it is too old instead', async () => {
    const said = ids()
    await store.append(
      [command(said), response(said, 1, { kind: 'request', key: 'r', digest: 'd' }), decision(said, 'r', 'd')],
      clock.now(),
    )
    clock.time += 2 * HOUR_MS
    await delivery.start(connection)
    await until(() => offered.length > 1, 'the decision behind it was never handed over', 2_000)
    expect(kinds()).toEqual(['command', 'decision'])
    expect(await store.openRequests(PROJECT)).toEqual([])
  })

  test('[CMD2] [LOG9] a command that the housekeeping finds begun, long after the agent came', async () => {
    const said = ids()
    await store.append([command({ ...said, expiresAt: 2_000 }), response(said, 1, { kind: 'notice' })], clock.now())
    clock.time = 3_000
    const { isUnderWay } = delivery
    const stop = startHousekeeping({
      ...{ store, log, placeOf: () => 'here', isUnderWay, clock },
      logger: createLogger('silent'),
    })
    await until(() => offered.length > 0, 'the agent was not asked', 5_000)
    stop()
    expect(kinds()).toEqual(['command'])
    await expect.poll(() => store.openCommands(AGENT)).toEqual([said])
  })

  test('[CMD2] a command that waits for a person', async () => {
    const old = ids()
    await store.append([command(old)], clock.now())
    clock.time += HOUR_MS + 1
    await store.append([input({ sessionId: old.sessionId, inputId: ids().commandId, kind: 'setting' })], clock.now())
    await delivery.start(connection)
    await until(() => offered.length > 0)
    expect(kinds()).toEqual(['setting'])
    expect(await store.openRequests(PROJECT)).toMatchObject([{ key: `held:${old.commandId}`, state: 'open' }])
  })
})

test('an agent that says nothing is asked again at once; one that refuses, with whatever code, after a pause', async () => {
  const said = ids()
  const reasons = [new AgentSilentError(), new FarhandError('TIMEOUT_TOTAL')]
  let asked = 0
  connection = {
    ...connection,
    offer: () => {
      const reason = reasons[asked]
      asked += 1
      return reason === undefined ? Promise.resolve() : Promise.reject(reason)
    },
  }
  agents.arrive(connection)
  await store.append([command(said)], clock.now())
  await delivery.start(connection)
  await expect.poll(() => asked).toBe(2)
  await sleep(50)
  expect(asked).toBe(2)
})

test('[CMD2] what is being offered is under way until the agent has answered', async () => {
  const said = ids()
  let answer = (): void => {}
  connection = { ...connection, offer: () => new Promise((resolve) => (answer = resolve)) }
  agents.arrive(connection)
  await store.append([command({ ...said, expiresAt: 2_000 })], clock.now())
  await delivery.start(connection)
  await expect.poll(() => delivery.isUnderWay(said.commandId)).toBe(true)
  clock.time = 3_000
  const logger = createLogger('silent')
  const { isUnderWay } = delivery
  const stop = startHousekeeping({ store, log, placeOf: () => 'here', isUnderWay, clock, logger })
  await sleep(1_100) // a round of the expiry
  stop()
  answer()
  await expect.poll(() => delivery.isUnderWay(said.commandId)).toBe(false)
  expect(await store.openCommands(AGENT)).toEqual([said])
})

test('[CMD2] [CMD3] what the agent said it holds is neither offered nor asked about, only noted', async () => {
  const [held, other] = [ids(), ids()]
  await store.append([command(held), command(other)], clock.now())
  connection = { ...connection, holds: new Set([held.commandId]) }
  clock.time += 2 * HOUR_MS
  await delivery.start(connection)
  expect(offered).toEqual([]) // no connection that counts
  agents.arrive(connection)
  await delivery.start(connection)
  await expect.poll(() => store.openRequests(PROJECT)).toMatchObject([{ key: `held:${other.commandId}` }])
  await expect.poll(() => store.openCommands(AGENT)).toEqual([held])
  expect(offered).toEqual([])
})

test('[CMD2] [F37] a clock that jumps back makes nothing old, and one that jumps ahead makes it ask', async () => {
  const [first, second] = [ids(), ids()]
  clock.time = 24 * HOUR_MS
  await store.append([command(first)], clock.now())
  clock.time -= 23 * HOUR_MS
  await delivery.start(connection)
  await until(() => offered.length === 1)
  await store.append([command(second)], clock.now())
  clock.time += 23 * HOUR_MS
  await delivery.start(connection)
  await expect.poll(() => store.openRequests(PROJECT)).toMatchObject([{ key: `held:${second.commandId}` }])
  expect(offered.map((one) => one.inputId)).toEqual([first.commandId])
})
