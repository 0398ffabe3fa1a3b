import { FarhandError, type Author, type ClaudeCodeOptions, type DecisionBody, type ErrorCode } from '@farhand/shared'
import type { Logger } from 'pino'
import type { Attachments } from '../attachments/attachments.ts'
import type { Accounts } from '../budget/accounts.ts'
import type { Transcripts } from '../claude/transcripts.ts'
import type { Used } from '../driver/driver.ts'
import type { Judgement, PolicyCall } from '../policy/decide.ts'
import type { GrantTold } from '../policy/enforce.ts'
import { realPath } from '../policy/policy.ts'
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

export type RunnerParts = Pick<ConversationParts, 'coder' | 'newMarker' | 'retireMs' | 'allowBypass'> & {
  sessionId: string
  spool: Spool
  transcripts: Transcripts
  attachments: Attachments
  worktrees: Pick<Worktrees, 'enter'>
  accounts: Omit<Accounts, 'usage'>
  voice: Voice
  clock: { now(): number }
  logger: Logger
  limits: RunLimits
  /** The real path of a project that is served. */
  rootOf(projectId: string): string | undefined
  /** What the machine's policy says of a call in this session. `undefined`: nothing. */
  judge(sessionId: string, call: PolicyCall): Judgement | undefined
  /** A person allows something for a while. @returns what is told of it */
  grant(sessionId: string, call: PolicyCall, decision: DecisionBody, by: Author): GrantTold | undefined
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
  /** It waits for a person to say whether it may go on. */
  overrun?: boolean
  /** What of its use stands in the accounts. */
  accounted?: Used
  /** What it used in processes before the present one. */
  used?: { costUsd: number; turns: number }
  /** The limits that the present process was started with. */
  handed?: ClaudeCodeOptions
  stop?: Stop
  /** Aborts with `stop`. */
  stopping: AbortController
}

/** Real paths. `root`: of the project, or of the session's own worktree, which is the place that it works in. */
export type Place = { project: string; root: string; directory: string }

export type RunnerState = RunnerParts & {
  run: Run | undefined
  /** Where the session works: Claude Code may go on by itself when its run is over, and the policy counts there as well. */
  place: Place | undefined
  watch: RunWatch
  requests: Requests
  conversation: Conversation
  /** What follows when an interrupt does not help, or a held call is not asked about again. */
  sharper: NodeJS.Timeout | undefined
  malformedLines: number
}

/** @param at `root` is left out where the session works in the project itself */
export function placeOf(
  { rootOf }: Pick<RunnerState, 'rootOf'>,
  { projectId }: StoredInput['input'],
  { root, directory }: { root: string | undefined; directory: string },
): Place {
  const project = rootOf(projectId) ?? directory
  return { project, root: root === undefined ? project : realPath(root), directory }
}

/** Somebody has stopped it meanwhile, or something has ended it. */
export function isOver(state: RunnerState, run: Run): boolean {
  return state.run !== run || run.stop !== undefined
}

/** What a run that could not go on ends with. */
export function refusal({ logger, sessionId }: RunnerState, error: unknown): FarhandError {
  if (error instanceof FarhandError) return error
  logger.error({ err: error, sessionId }, 'a run could not be started')
  return new FarhandError('INTERNAL', undefined, { cause: error })
}

/**
 * Where a command works. A conversation that was taken over stays where it was held, since it is found only there.
 * @throws FarhandError where it is not served, or not there
 */
export function directoryOf(
  { rootOf, spool, sessionId }: RunnerState,
  { projectId, workingDirectory }: StoredInput['input'],
): string {
  const root = rootOf(projectId)
  const { importedFrom, directory, worktree } = spool.facts.get(sessionId)
  const held = importedFrom === undefined || worktree !== undefined ? undefined : directory
  if (root === undefined) throw new FarhandError('NOT_FOUND', 'This agent does not serve that project any more.')
  return resolveWorkingDirectory(root, workingDirectory ?? held)
}
