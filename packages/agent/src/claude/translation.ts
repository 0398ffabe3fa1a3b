import type { RunStartedBody, Task, Usage } from '@farhand/shared'
import type { NewResponse } from '../spool/outbox.ts'

/** What the translator remembers between two messages of one process. */
export type Translation = {
  /** The message that streams, by the tool use of the subagent that says it; '' is the main conversation. */
  streams: Readonly<Record<string, Stream>>
  /** Tool calls that have no result yet, by id. */
  tools: Readonly<Record<string, ToolUse>>
  tasks: readonly Task[]
  /** The file that Claude Code last wrote a plan to. */
  planFile?: string
  /** What Claude Code last said that it works with. */
  effective: RunStartedBody
  /** Newer ones say when they work and when they are idle; `unknown` until one did. */
  activity: 'unknown' | 'running' | 'idle'
  /** How many pieces of work go on in the background now, and the ids of all that ever did. */
  backgroundTasks: number
  backgrounded: Readonly<Record<string, true>>
  /** Where commands in the background write to, by the ids of their tasks. */
  outputFiles: Readonly<Record<string, string>>
  /** What this conversation has cost, as Claude Code counts it. */
  costUsd: number
  /** What the last request to the model carried, its answer included. Unknown at first, and after a compaction. */
  context?: { tokens: number; model: string }
  /** Messages that were not understood. */
  unknown: number
  /** The command that is being answered; between commands Claude Code may go on by itself. */
  run?: RunProgress
}

/** A message, understood: what is remembered of it, and what is said of it. */
export type Translated = { state: Translation; responses: NewResponse[] }

/** Where in a message we are: records come without an index, so the stream tells it. */
export type Stream = { messageId: string; index: number; open: boolean }
export type ToolUse = { name: string; input: Record<string, unknown> }

export type RunProgress = {
  /** Claude Code has begun with this command. */
  started: boolean
  /** It was busy with something of its own when the command came: what it says before it begins is not ours. */
  behindOther: boolean
  /** Everything that belongs to this command has been said. */
  over: boolean
  result?: RunResult
  /** The kind of API error that Claude Code put into words. */
  problem?: string
  turns: number
  usage: Usage
  costUsd: number
  /** How full the conversation is. */
  context?: { tokens: number; window: number }
}

export type RunResult = {
  isError: boolean
  subtype: string
  reason?: string
  text?: string
  errors: string[]
  apiStatus?: number
  problem?: string
}

/** @param costUsd what a resumed conversation has cost before */
export function newTranslation(costUsd: number, tasks: readonly Task[] = []): Translation {
  return {
    streams: {},
    tools: {},
    tasks,
    effective: {},
    activity: 'unknown',
    backgroundTasks: 0,
    backgrounded: {},
    outputFiles: {},
    costUsd,
    unknown: 0,
  }
}

/** A prompt is handed over: what follows belongs to it. */
export function beginRun(state: Translation): Translation {
  const run: RunProgress = {
    started: false,
    behindOther: state.activity === 'running',
    over: false,
    turns: 0,
    usage: {},
    costUsd: 0,
  }
  return { ...state, run }
}

export function endRun(state: Translation): Translation {
  const { run: _over, ...rest } = state
  return { ...rest, tools: {} }
}
