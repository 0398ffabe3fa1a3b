import type { Author, DecisionBody } from '@farhand/shared'
import type { GrantStore } from '../spool/grants.ts'
import type { ToolCallStore } from '../spool/toolCalls.ts'
import { covers, type PolicyCall, type Verdict } from './decide.ts'
import { grantOf, realPath, type Policy } from './policy.ts'
import { parseCall } from './rules.ts'

/** The policy at work in sessions: with what people granted there, and a record of what it was asked. */
export type Enforcement = {
  judge(sessionId: string, call: PolicyCall): Verdict | undefined
  /**
   * A decision with `forMs` allows what its rule covers for a while.
   * @returns what is told of it; `undefined` where the decision is about this call alone
   * @throws FarhandError `AGENT_STORAGE`
   */
  grant(sessionId: string, call: PolicyCall, decision: DecisionBody, by: Author): GrantTold | undefined
}

/** For people: what was granted, or why nothing was. `grant` is for whoever wants to take it back. */
export type GrantTold = { message: string; grant?: { state: 'begun'; grantId: string; rule: string; until: number } }

export function enforce(parts: {
  policy: Policy
  grants: GrantStore
  toolCalls: ToolCallStore
  clock: { now(): number }
  home: string
}): Enforcement {
  const { policy, grants, toolCalls, clock, home } = parts
  return {
    judge(sessionId, call) {
      const granted = grants.active(sessionId).flatMap((stored) => grantOf(stored) ?? [])
      const verdict = policy.judge(call, granted)
      toolCalls.record({ ...call, at: clock.now(), verdict: verdict?.verb ?? '' })
      return verdict
    },
    grant(sessionId, call, { requestId: grantId, rule, forMs }, by) {
      if (forMs === undefined || rule === undefined) return undefined
      const wanted = parseCall(rule)
      // Nobody was asked about anything but this call, so what does not even cover it was meant for something else.
      if (wanted?.tool !== call.tool || !covers(wanted, call, { home, realPath })) {
        return { message: `${rule} does not cover the call that was asked about; only this call was allowed.` }
      }
      const at = clock.now()
      const until = at + forMs
      grants.add({ grantId, sessionId, rule, by, at, until })
      return {
        message: `${by.name} allowed ${rule} in this session for ${Math.round(forMs / MINUTE_MS)} min.`,
        grant: { state: 'begun', grantId, rule, until },
      }
    },
  }
}

const MINUTE_MS = 60 * 1000
