import { FarhandError, type Author, type DecisionBody, type ErrorCode } from '@farhand/shared'
import type { Logger } from 'pino'
import type { Attachments } from '../attachments/attachments.ts'
import type { Accounts } from '../budget/accounts.ts'
import type { Transcripts } from '../claude/transcripts.ts'
import type { PolicyCall, Verdict } from '../policy/decide.ts'
import { resolveWorkingDirectory } from '../projects/directories.ts'
import type { StoredInput } from '../spool/inbox.ts'
import type { AskedCall } from '../spool/openRequests.ts'
import type { Spool } from '../spool/spool.ts'
import type { Conversation, ConversationParts } from './conversation.ts'
import type { Requests } from './requests.ts'
import type { Worktrees } from '../worktrees/worktrees.ts'
import type { RunWatch } from './runWatch.ts'
import type { Voice } from './voice.ts'

export type Stop = { code: ErrorCode; message: string }
export type HeldRequest = { requestId: string; call: AskedCall }

/** When a run is ended without anybody asking for it. */
export type RunLimits = { idleMs: number; totalMs: number; maxProcesses: number }

export type RunnerParts = Pick<ConversationParts, 'claude' | 'newMarker' | 'retireMs' | 'allowBypass'> & {
  sessionId: string
  spool: Spool
  transcripts: Transcripts
  attachments: Attachments
  worktrees: Pick<Worktrees, 'enter'>
  accounts: Accounts
  voice: Voice
  clock: { now(): number }
  logger: Logger
  limits: RunLimits
  /** The real path of a project that is served. */
  rootOf(projectId: string): string | undefined
  /** What the machine's policy says of a call in this session. `undefined`: nothing. */
  judge(sessionId: string, call: PolicyCall): Pick<Verdict, 'verb' | 'reason'> | undefined
  /** A person allows something for a while. @returns for people: what, and until when; or why not */
  grant(sessionId: string, call: PolicyCall, decision: DecisionBody, by: Author): string | undefined
  /** Each message of Claude Code as it came. */
  heard(message: unknown): void
  /** Nothing runs any more. */
  finished(): void
}

/**
 * `begun`: the prompt was handed over. `held`: the request that it waits for, while it has no process. `directory`: where
 * it works. `stop`: why it is to end before its end.
 */
export type Run = {
  item: StoredInput
  startedAt: number
  begun: boolean
  held?: HeldRequest
  directory?: string
  /** Of the project, or of the session's own worktree. */
  root?: string
  /** It waits for a person to say whether it may go on. */
  overrun?: boolean
  /** What of its use stands in the accounts. */
  accounted?: { costUsd: number; turns: number }
  stop?: Stop
}

export type RunnerState = RunnerParts & {
  run: Run | undefined
  watch: RunWatch
  requests: Requests
  conversation: Conversation
  /** What follows when an interrupt does not help, or a held call is not asked about again. */
  sharper: NodeJS.Timeout | undefined
  malformedLines: number
}

/** What a run that could not go on ends with. */
export function refusal({ logger, sessionId }: RunnerState, error: unknown): FarhandError {
  if (error instanceof FarhandError) return error
  logger.error({ err: error, sessionId }, 'a run could not be started')
  return new FarhandError('INTERNAL', undefined, { cause: error })
}

/** @throws FarhandError where it is not served, or not there */
export function directoryOf({ rootOf }: RunnerState, { projectId, workingDirectory }: StoredInput['input']): string {
  const root = rootOf(projectId)
  if (root === undefined) throw new FarhandError('NOT_FOUND', 'This agent does not serve that project any more.')
  return resolveWorkingDirectory(root, workingDirectory)
}
