import type { Random } from '@farhand/shared/testing'
import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import type { Append, Store } from '../../packages/server/src/log/store.ts'
import { helloOf } from './agent/agent.ts'
import { REAL } from './code.ts'
import { AGENT, PROJECT, SESSIONS } from './ids.ts'
import { appendBatch } from './relay/append.ts'
import { waitingInputs } from './relay/queries.ts'
import { copyTables, newTables, type Tables } from './relay/tables.ts'
import { comparePages, randomAppend, summaryOf, told } from './sameStore.ts'

/**
 * Two relays that write into one log at the same time are as good as one that was told the same things one after the
 * other: for the batches of each round there is an order in which the tables of the model give every answer that was given.
 */

const ROUNDS = 30

/** One random history into a new and empty database, through both of its stores. */
export async function compareTwoRelays(random: Random, stores: readonly [Store, Store]): Promise<void> {
  await stores[0].acceptHello(helloOf(1, [], []), 1)
  let tables = newTables(stores[0].logEpoch)
  tables.projects.set(PROJECT, AGENT)
  /** Not every answer says what was written, so there may be several. */
  let possible = [tables]

  for (let now = 10; now < 10 + ROUNDS; now += 1) {
    const batches = randomRound(random, tables)
    const given = await Promise.all(
      batches.map(async (batch, index) =>
        (await stores[index % 2 === 0 ? 0 : 1].append(batch, now)).outcomes.map(told),
      ),
    )
    const state = await stateOf(stores[0])
    const orders = ordersOf(batches.map((_batch, index) => index))
    const after = possible.flatMap((before) =>
      orders.flatMap((order) => replay(before, batches, given, order, now) ?? []),
    )
    possible = different(after.filter((each) => isDeepStrictEqual(stateIn(each), state)))
    const [first] = possible
    if (first === undefined)
      expect({ now, batches, given, state }).toBe(
        after.length === 0 ? 'what one relay could have answered' : after.map(stateIn),
      )
    else tables = first
    for (const store of stores) await comparePages(random, tables, store, random.pick(SESSIONS))
  }
}

async function stateOf(store: Store): Promise<unknown> {
  const sessions = SESSIONS.map(async (sessionId) => summaryOf(await store.session(sessionId)))
  return { waiting: await store.waitingInputs(AGENT, 20), sessions: await Promise.all(sessions) }
}

function stateIn(tables: Tables): unknown {
  const sessions = SESSIONS.map((sessionId) => summaryOf(tables.sessions.get(sessionId)))
  return { waiting: waitingInputs(tables, AGENT, 20), sessions }
}

function different(tables: readonly Tables[]): Tables[] {
  return tables.filter((each, index) => !tables.slice(0, index).some((before) => isDeepStrictEqual(before, each)))
}

/** Two or three at once; some of them say what another one says as well, as somebody does who was not answered. */
function randomRound(random: Random, tables: Tables): Append[][] {
  const batches: Append[][] = []
  for (let count = 2 + random.int(2); count > 0; count -= 1) {
    const own = Array.from({ length: 1 + random.int(4) }, () => randomAppend(random, tables))
    const before = batches.at(-1)
    batches.push(before !== undefined && random.chance(0.4) ? [...before, ...own] : own)
  }
  return batches
}

/** The tables after the batches in this order; undefined where an answer would have been another one. */
function replay(
  before: Tables,
  batches: readonly Append[][],
  given: readonly unknown[][],
  order: readonly number[],
  now: number,
): Tables | undefined {
  const tables = copyTables(before)
  for (const index of order) {
    const outcomes = appendBatch(tables, REAL, batches[index] ?? [], now).map(told)
    if (!isDeepStrictEqual(outcomes, given[index])) return undefined
  }
  return tables
}

function ordersOf(indexes: readonly number[]): number[][] {
  if (indexes.length === 0) return [[]]
  return indexes.flatMap((first) =>
    ordersOf(indexes.filter((index) => index !== first)).map((others) => [first, ...others]),
  )
}
