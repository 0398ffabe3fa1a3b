import { permissionModeSchema, type Usage } from '@farhand/shared'
import { z } from 'zod'
import { say } from '../driver/responses.ts'
import type { ResultMessage, SystemMessage } from './messages.ts'
import { noticeOf } from './notices.ts'
import type { RunProgress, RunResult, Translated, Translation } from './translation.ts'

/** What Claude Code says of itself: where a turn begins and ends, and its news. `undefined`: not understood. */
export function system(state: Translation, message: SystemMessage): Translated | undefined {
  switch (message.subtype) {
    case 'init':
      return init(state, message)
    case 'session_state_changed':
      return activity(state, message['state'] === 'idle' ? 'idle' : 'running')
    case 'background_tasks_changed':
      return { state: backgroundTasks(state, message), responses: [] }
    case 'task_started':
      return backgroundTask(state, message, message['is_backgrounded'] === true)
    case 'task_notification':
      return backgroundTask(state, message, message['task_id'] === undefined || known(state, message))
    case 'status': {
      const mode = permissionModeSchema.safeParse(message['permissionMode']).data
      if (mode === undefined || mode === state.effective.permissionMode) break
      const notice = {
        level: 'info' as const,
        type: 'setting',
        message: `The permission mode is now ${mode}.`,
        permissionMode: mode,
      }
      return {
        state: { ...state, effective: { ...state.effective, permissionMode: mode } },
        responses: [say('notice', notice)],
      }
    }
    default:
  }
  const notice = noticeOf(message)
  if (notice === 'unknown') return undefined
  const next = message.subtype === 'compact_boundary' ? compacted(state) : state
  return { state: next, responses: notice === undefined ? [] : [say('notice', notice)] }
}

/** How much is left is told by the next request. */
function compacted({ context: _before, ...rest }: Translation): Translation {
  return rest
}

function backgroundTasks(state: Translation, message: SystemMessage): Translation {
  const tasks = backgroundTasksSchema.safeParse(message['tasks']).data ?? []
  const ids = Object.fromEntries(tasks.map((task) => [task.task_id, true as const]))
  const running = tasks.filter((task) => task.ambient !== true).length
  return { ...state, backgroundTasks: running, backgrounded: { ...state.backgrounded, ...ids } }
}

const backgroundTasksSchema = z.array(z.looseObject({ task_id: z.string(), ambient: z.boolean().optional() }))

/** A tool in the foreground is a task as well, but its start and end are told by the tool. */
function backgroundTask(state: Translation, message: SystemMessage, told: boolean): Translated {
  const id = message['task_id']
  const next =
    told && typeof id === 'string' ? { ...state, backgrounded: { ...state.backgrounded, [id]: true as const } } : state
  const notice = told ? noticeOf(message) : undefined
  return { state: next, responses: typeof notice === 'object' ? [say('notice', notice)] : [] }
}

function known({ backgrounded }: Translation, message: SystemMessage): boolean {
  const id = message['task_id']
  return typeof id === 'string' && id in backgrounded
}

/** Comes at the start of each turn; a command may take several, and Claude Code may begin one by itself. */
function init(state: Translation, message: SystemMessage): Translated {
  const said = initSchema.safeParse(message).data
  const effective = {
    ...state.effective,
    ...(said?.model === undefined ? {} : { model: said.model }),
    ...(said?.permissionMode === undefined ? {} : { permissionMode: said.permissionMode }),
    ...(said?.cwd === undefined ? {} : { cwd: said.cwd }),
    ...(message.session_id === undefined ? {} : { claudeSessionId: message.session_id }),
    ...(said?.claude_code_version === undefined ? {} : { claudeVersion: said.claude_code_version }),
  }
  if (state.run === undefined) {
    const notice = {
      level: 'info' as const,
      type: 'background_turn',
      message: 'Claude goes on after work in the background.',
    }
    return { state: { ...state, effective }, responses: [say('notice', notice)] }
  }
  if (state.run.started) return { state: { ...state, effective }, responses: [] }
  return {
    state: { ...state, effective, run: { ...state.run, started: true } },
    responses: [say('run_started', effective)],
  }
}

const initSchema = z.looseObject({
  model: z.string().optional(),
  permissionMode: z.string().optional(),
  cwd: z.string().optional(),
  claude_code_version: z.string().optional(),
})

/** The outcome of a turn, which is the run's where no other turn follows. */
export function result(state: Translation, message: ResultMessage): Translated {
  const { run } = state
  const { costUsd, spentUsd } = countCost(state.costUsd, message.total_cost_usd)
  if (run === undefined || (run.behindOther && !run.started)) return { state: { ...state, costUsd }, responses: [] }
  const settled: RunProgress = {
    ...run,
    result: readResult(message, run.problem),
    turns: run.turns + message.num_turns,
    usage: addUsage(run.usage, message),
    ...contextOf(state, message),
    costUsd: run.costUsd + spentUsd,
    over: isEnd(state, run, message),
  }
  return { state: { ...state, costUsd, run: settled }, responses: [] }
}

/**
 * Without news of its activity the first result is the end, unless it says that more is to come. An error before anything
 * has begun is followed by the end of the process, which tells more.
 */
function isEnd({ activity: known }: Translation, { started }: RunProgress, message: ResultMessage): boolean {
  return known === 'unknown' && (message.queued_turn_count ?? 0) === 0 && (started || !message.is_error)
}

/** The total goes on over resumed processes. Where one begins anew, all of it is new; an early failure says 0. */
function countCost(before: number, total: number): { costUsd: number; spentUsd: number } {
  if (total === 0) return { costUsd: before, spentUsd: 0 }
  return { costUsd: total, spentUsd: total >= before ? total - before : total }
}

/** A turn may have ended while a subagent still works; idle says that all is said. */
function activity(state: Translation, now: 'running' | 'idle'): Translated {
  const { run } = state
  const over = now === 'idle' && run?.result !== undefined
  return { state: { ...state, activity: now, ...(over ? { run: { ...run, over } } : {}) }, responses: [] }
}

function readResult(message: ResultMessage, problem: string | undefined): RunResult {
  return {
    isError: message.is_error,
    subtype: message.subtype,
    errors: message.errors ?? [],
    ...(message.result === undefined ? {} : { text: message.result }),
    ...(message.terminal_reason === undefined ? {} : { reason: message.terminal_reason }),
    ...(message.api_error_status == null ? {} : { apiStatus: message.api_error_status }),
    ...(problem === undefined ? {} : { problem }),
  }
}

/** Left out where either is not told: it is never guessed. */
function contextOf({ context }: Translation, { modelUsage = {} }: ResultMessage): Pick<RunProgress, 'context'> {
  const window = context === undefined ? undefined : modelUsage[context.model]?.contextWindow
  return context === undefined || window === undefined || window <= 0
    ? {}
    : { context: { tokens: context.tokens, window } }
}

function addUsage(before: Usage, { usage }: ResultMessage): Usage {
  return {
    inputTokens: (before.inputTokens ?? 0) + (usage?.input_tokens ?? 0),
    outputTokens: (before.outputTokens ?? 0) + (usage?.output_tokens ?? 0),
    cacheReadTokens: (before.cacheReadTokens ?? 0) + (usage?.cache_read_input_tokens ?? 0),
    cacheCreationTokens: (before.cacheCreationTokens ?? 0) + (usage?.cache_creation_input_tokens ?? 0),
  }
}
