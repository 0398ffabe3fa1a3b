import type { RetentionRecord, RetentionRule, RetentionScope, SessionSummary } from '@farhand/shared'

/** What a store keeps and does so that sessions can be deleted by a rule. Part of the contract of `../store.ts`. */
export type RetentionStore = {
  retentionRules(): Promise<RuleRecord[]>
  /** In the place of the one that the scope has; undefined takes that away. */
  setRetentionRule(scope: RetentionScope, rule: Omit<RuleRecord, 'scope'> | undefined): Promise<void>
  /** Notes what a round came to, unless the rule was set anew meanwhile. */
  noteRetention(rule: Pick<RuleRecord, 'scope' | 'setAt'>, note: RuleNote): Promise<void>
  /** What parts of logs hold. In the order of the question; where nothing is, zeros. */
  measure(ranges: readonly LogRange[]): Promise<LogSize[]>
  /**
   * Deletes a session as `updateSession` does, and adds it to the record of its round, in one transaction; but its entries
   * stay until `erase` has taken them. Undefined where it is not as it was when it was chosen, is pinned, or has something that
   * runs or waits.
   */
  retire(chosen: ChosenSession, round: RetentionRound, now: number): Promise<RetiredSession | undefined>
  /** Deleted sessions whose entries are still there. */
  unerased(limit: number): Promise<string[]>
  /** Takes at most `limit` entries of a deleted session. Answers whether there are more. */
  erase(sessionId: string, limit: number): Promise<boolean>
  /** The newest first. Of all projects without `projectId`. */
  retentionRecords(projectId: string | undefined, limit: number): Promise<RetentionRecord[]>
}

/** A rule as somebody set it, with what the relay has noted since. */
export type RuleRecord = {
  scope: RetentionScope
  rule: RetentionRule
  setAt: number
  setBy: string
  /** The log for which it was confirmed. */
  logEpoch: string
  /** When it was last acted on. */
  checkedAt: number
  /** It waits for a person. */
  stopped: StopReason | undefined
}

export type StopReason = 'clock' | 'log'
export type RuleNote = { checkedAt: number } | { stopped: StopReason }

/** The entries with `after < seq <= upTo`. */
export type LogRange = { sessionId: string; after: number; upTo: number }
export type LogSize = { entries: number; bytes: number }
export type ChosenSession = LogSize & { sessionId: string; head: number; updatedAt: number }
/** As `ChangedSession` of the log's own deletion. */
export type RetiredSession = { session: SessionSummary; unused: string[] }
export type RetentionRound = { roundId: string; at: number; projectId: string; rule: RetentionRule }
