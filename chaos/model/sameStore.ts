import type { CommandResponse, Page } from '@farhand/shared'
import type { Random } from '@farhand/shared/testing'
import { expect } from 'vitest'
import type { Append, Outcome, Store } from '../../packages/server/src/log/store.ts'
import { REAL } from './code.ts'
import { AGENT, author, PROJECT, SESSIONS, uuid } from './ids.ts'
import { helloOf } from './agent/agent.ts'
import { appendBatch } from './relay/append.ts'
import { dropReplaced, expiredCommands, nextInput, readPage, waitingInputs } from './relay/queries.ts'
import { newTables, type Tables } from './relay/tables.ts'

/**
 * What the model finds out counts only if its tables answer as the product's do: the same random batches go into both,
 * and every answer is compared.
 */

const BATCHES = 40

/** One history of random batches and questions into a new and empty store, and into tables of the model. */
export async function compareHistory(random: Random, store: Store): Promise<void> {
  await store.acceptHello(helloOf(1, [], []), 1)
  const tables = newTables(store.logEpoch)
  tables.projects.set(PROJECT, AGENT)

  for (let now = 10; now < 10 + BATCHES; now += 1) {
    const batch = Array.from({ length: 1 + random.int(5) }, () => randomAppend(random, tables))
    const theirs = await store.append(batch, now)
    expect(appendBatch(tables, REAL, batch, now).map(told)).toEqual(theirs.outcomes.map(told))
    if (random.chance(0.1)) {
      dropReplaced(tables, tables.position)
      await store.compact(await store.position(), 1_000)
    }
    await compareQuestions(random, tables, store, now)
  }
}

export async function comparePages(random: Random, tables: Tables, store: Store, sessionId: string): Promise<void> {
  for (const detail of ['full', 'final'] as const) {
    for (const where of [{ after: random.int(12) }, { before: 1 + random.int(12) }, {}]) {
      const question = { sessionId, detail, limit: 1 + random.int(6), ...where }
      const mine: (Page & { head: number }) | undefined = readPage(tables, question)
      expect(mine).toEqual(await store.page(question))
    }
  }
}

async function compareQuestions(random: Random, tables: Tables, store: Store, now: number): Promise<void> {
  const sessionId = random.pick(SESSIONS)
  await comparePages(random, tables, store, sessionId)
  const { running, attention, head, lastStatus, lastCode } = tables.sessions.get(sessionId) ?? {}
  expect({ running, attention, head, lastStatus, lastCode }).toEqual(summaryOf(await store.session(sessionId)))
  expect(nextInput(tables, sessionId, 'cancel')).toEqual(await store.nextInput(sessionId, 'cancel'))
  expect(nextInput(tables, sessionId, 'other')).toEqual(await store.nextInput(sessionId, 'other'))
  expect(waitingInputs(tables, AGENT, 20)).toEqual(await store.waitingInputs(AGENT, 20))
  const expired = await store.expiredCommands(now, 100)
  expect(expired.map(({ commandId }) => commandId).toSorted()).toEqual(expiredCommands(tables, now).toSorted())
  expect(expired.every(({ agentId }) => agentId === AGENT)).toBe(true)
}

export function summaryOf(
  summary: Partial<Record<'running' | 'attention' | 'head' | 'lastStatus' | 'lastCode', unknown>> = {},
) {
  const { running, attention, head, lastStatus, lastCode } = summary
  return { running, attention, head, lastStatus, lastCode }
}

/** An error by what it says. */
export function told(outcome: Outcome): unknown {
  return outcome.verdict === 'refused' ? [outcome.error.code, outcome.error.message] : outcome
}

/** A few ids, so that they meet again: repeats, conflicts, holes, second ends, decisions of what is open and what is not. */
export function randomAppend(random: Random, tables: Tables): Append {
  const sessionId = random.pick(SESSIONS)
  const commandId = uuid('c', random.int(6))
  const bodyHash = random.pick(['one', 'one', 'two'])
  const who = author(random.int(2))
  switch (random.int(11)) {
    case 0: {
      const expiresAt = random.chance(0.5) ? 5 + random.int(60) : undefined
      const rest = { prompt: `prompt ${bodyHash}`, options: {}, workingDirectory: undefined, expiresAt, bodyHash }
      return { type: 'command', projectId: PROJECT, sessionId, commandId, ...rest, author: who }
    }
    case 1: {
      const kind = random.pick(['cancel', 'decision', 'queue'] as const)
      const key = kind === 'queue' ? `held:${commandId}` : `request ${random.int(3)}`
      const body = { data: '{}', key, digest: random.pick(['d1', 'd1', 'd2']), bodyHash }
      return { type: 'input', sessionId, inputId: uuid('e', random.int(30)), kind, ...body, author: who }
    }
    case 2:
      return { type: 'expire', commandId }
    case 3:
      return { type: 'delivered', inputId: random.chance(0.5) ? commandId : uuid('e', random.int(30)) }
    case 4:
      return { type: 'hold', commandId, waitedMs: 5 }
    case 5:
      return { type: 'drop', sessionId, commandId }
    case 6:
      return { type: 'interrupt', commandId, n: random.int(6) }
    case 7: {
      const n = (tables.sessions.get(sessionId)?.lastN ?? 0) + random.int(4)
      return random.chance(0.3)
        ? { type: 'roll_forward', sessionId, agentId: AGENT, n }
        : { type: 'hold', commandId, waitedMs: 5 }
    }
    default:
      return { type: 'response', agentId: AGENT, response: randomResponse(random, tables, sessionId, commandId) }
  }
}

function randomResponse(random: Random, tables: Tables, sessionId: string, commandId: string): CommandResponse {
  const n = Math.max(1, (tables.sessions.get(sessionId)?.lastN ?? 0) + random.pick([1, 1, 1, 1, 0, -1, 2]))
  const key = `request ${random.int(3)}`
  const said = random.pick([
    { kind: 'text', key, data: 'a' },
    { kind: 'text', key, final: true, data: 'all' },
    { kind: 'request', key, digest: 'd1', data: '{}' },
    { kind: 'request_resolved', key, data: '{}' },
    { kind: 'run_finished', data: '{}', isComplete: true, status: 'complete' as const },
    { kind: 'run_finished', data: '{}', isComplete: true, status: 'error' as const, code: 'CANCELLED' },
  ])
  return { sessionId, commandId, n, isComplete: false, at: 7, ...said }
}
