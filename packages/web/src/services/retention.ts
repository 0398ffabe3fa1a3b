import { retentionStateSchema, type RetentionRule, type RetentionScope, type RetentionState } from '@farhand/shared'
import { callRelay, readAnswer } from './api.ts'

/** What the relay may delete by itself. */
export type Retention = {
  read(scope: RetentionScope): Promise<RetentionState>
  /** What such a rule would do; nothing is changed. */
  preview(scope: RetentionScope, rule: RetentionRule | null): Promise<RetentionState>
  /** STALE: it would do something else by now than what `digest` names. */
  set(scope: RetentionScope, rule: RetentionRule | null, digest: string): Promise<RetentionState>
}

/** The relay counts all logs of a project, or of all of them. */
const COUNT_TIMEOUT_MS = 60_000

export const relayRetention: Retention = {
  read: async (scope) => await readState(callRelay('GET', pathOf(scope), { timeoutMs: COUNT_TIMEOUT_MS })),
  preview: async (scope, rule) => await readState(call('POST', `${pathOf(scope)}/preview`, { rule })),
  set: async (scope, rule, digest) => await readState(call('PUT', pathOf(scope), { rule, digest })),
}

function call(method: 'POST' | 'PUT', path: string, body: object): Promise<Response> {
  const content = { body: JSON.stringify(body), type: 'application/json' }
  return callRelay(method, path, { ...content, timeoutMs: COUNT_TIMEOUT_MS })
}

async function readState(response: Promise<Response>): Promise<RetentionState> {
  return retentionStateSchema.parse(await readAnswer(await response))
}

function pathOf(scope: RetentionScope): string {
  return `/api/retention/${scope}`
}
