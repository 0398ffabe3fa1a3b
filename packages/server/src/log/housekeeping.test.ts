import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createLogger } from '../logger.ts'
import { AGENT, command, hello, ids } from './contract/fixtures.ts'
import { startHousekeeping, type AgentPlace } from './housekeeping.ts'
import { openSessionLog } from './sessionLog.ts'
import { openSqliteStore } from './sqliteStore.ts'

const undo: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const one of undo.splice(0).toReversed()) await one()
})

/** A relay among several, and a command that has expired. Answers whether this relay ends it within two rounds. */
async function endsIt(place: AgentPlace, leased: boolean): Promise<boolean> {
  const dataDir = mkdtempSync(join(tmpdir(), 'farhand-housekeeping-'))
  undo.push(() => rmSync(dataDir, { recursive: true }))
  const store = { ...(await openSqliteStore({ dataDir })), holdsLease: () => Promise.resolve(leased) }
  undo.push(store.close)
  await store.acceptHello(hello(), 1)
  const { sessionId, commandId } = ids()
  await store.append([command({ sessionId, commandId, expiresAt: 2_000 })], 1)
  const clock = { now: () => 3_000 }
  const log = openSessionLog({ store, clock, onFailure: () => {} })
  const asked: string[] = []
  const placeOf = (agentId: string): AgentPlace => {
    asked.push(agentId)
    return place
  }
  const logger = createLogger('silent')
  undo.push(startHousekeeping({ store, log, placeOf, isUnderWay: () => false, clock, logger }))
  const ended = async (): Promise<boolean> => (await store.session(sessionId))?.lastCode === 'EXPIRED'
  await expect.poll(async () => asked.length > 1 || (await ended()), { timeout: 5_000 }).toBe(true)
  expect(asked[0]).toBe(AGENT)
  return await ended()
}

test('[CMD2] of several relays the one that has the agent ends what nobody took, and for one that is away who holds the lease', async () => {
  const cases = [
    ['here', false],
    ['elsewhere', true],
    ['nowhere', false],
    ['nowhere', true],
  ] as const
  expect(await Promise.all(cases.map(([place, leased]) => endsIt(place, leased)))).toEqual([true, false, false, true])
})
