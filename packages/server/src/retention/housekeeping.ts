import type { RetentionRule, SessionSummary } from '@farhand/shared'
import { forgetSession } from '../actions/changing.ts'
import type { Context } from '../actions/context.ts'
import { projectsOf } from '../actions/retention.ts'
import { failpoint } from '../failpoint.ts'
import type { Logger } from '../logger.ts'
import { repeat } from '../repeat.ts'
import { decideRetention, decideRound } from '../log/retention/decide.ts'
import type { RuleRecord } from '../log/retention/store.ts'
import { SLICE_ENTRIES, nextTurn, weigh } from '../log/retention/weigh.ts'

/** A rule that was set is acted on so soon. */
const LOOK_EVERY_MS = 60_000
const ROUND_EVERY_MS = 60 * 60_000
const UNERASED_AT_ONCE = 100
/** It speaks for nobody in particular. */
const AUTHOR = { id: 'relay', name: 'Farhand' }

/**
 * Deletes what rules name, session by session and in small slices, and nothing without a rule. A deletion is told to people,
 * to the agent, and to the record of its round. @returns what ends it
 */
export function startRetention(options: {
  context: Context
  onSessionChanged: (session: SessionSummary) => void
  logger: Logger
  lookEveryMs?: number | undefined
}): () => void {
  const { context, onSessionChanged, logger, lookEveryMs = LOOK_EVERY_MS } = options
  const { store, clock } = context
  /** By scope; of the monotonic clock, since the other one may leap. */
  const rounds = new Map<string, { setAt: number; at: number }>()
  let resumed = false
  let stopped = false

  async function look(): Promise<void> {
    if (!(await store.holdsLease())) return // one of several relays does it
    if (!resumed) await eraseLeft() // a crash may have come in between
    resumed = true
    const rules = await store.retentionRules()
    for (const rule of rules) {
      const last = rounds.get(rule.scope)
      const at = performance.now()
      if (last !== undefined && last.setAt === rule.setAt && at - last.at < ROUND_EVERY_MS) continue
      await round(rule, rules)
      rounds.set(rule.scope, { setAt: rule.setAt, at })
    }
  }

  async function round(rule: RuleRecord, rules: readonly RuleRecord[]): Promise<void> {
    const now = clock.now()
    const verdict = decideRound(rule, { now, logEpoch: store.logEpoch })
    if (!verdict.go) {
      logger.warn(
        { scope: rule.scope, why: verdict.stopped },
        'nothing is deleted by a rule until somebody confirms it',
      )
      if (rule.stopped === undefined) await store.noteRetention(rule, { stopped: verdict.stopped })
      return
    }
    for (const projectId of await projectsOf(store, rule.scope, rules)) await sweep(projectId, rule.rule, now)
    if (!stopped) await store.noteRetention(rule, { checkedAt: now })
  }

  async function sweep(projectId: string, rule: RetentionRule, now: number): Promise<void> {
    const due = decideRetention(await weigh(store, await store.sessions(projectId)), rule, now)
    const inRound = { roundId: context.newId(), at: now, projectId, rule }
    const sums = { sessions: 0, entries: 0, bytes: 0 }
    for (const chosen of due) {
      if (stopped) break
      const changed = await store.retire(chosen, inRound, now)
      if (changed === undefined) continue // somebody went on in it, or pinned it
      failpoint('relay.retire.afterCommit')
      setImmediate(() => onSessionChanged(changed.session)) // as a commit is published
      await forgetSession(context, AUTHOR, changed)
      await eraseAll(chosen.sessionId)
      sums.sessions += 1
      sums.entries += chosen.entries
      sums.bytes += chosen.bytes
    }
    if (sums.sessions > 0) logger.info({ projectId, rule, ...sums }, 'sessions were deleted by a rule')
  }

  async function eraseLeft(): Promise<void> {
    for (;;) {
      const left = await store.unerased(UNERASED_AT_ONCE)
      for (const sessionId of left) await eraseAll(sessionId)
      if (stopped || left.length < UNERASED_AT_ONCE) return
    }
  }

  async function eraseAll(sessionId: string): Promise<void> {
    while (!stopped && (await store.erase(sessionId, SLICE_ENTRIES))) {
      failpoint('relay.erase.afterSlice')
      await nextTurn() // what is live comes first
    }
  }

  const stop = repeat(look, {
    everyMs: lookEveryMs,
    onError: (error) => logger.warn({ err: error }, 'old sessions could not be deleted'),
  })
  return () => {
    stopped = true
    stop()
  }
}
