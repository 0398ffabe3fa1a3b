import type { RunStartedBody, Task } from '@farhand/shared'
import type { RunError } from '../driver/ending.ts'
import type { NewResponse } from '../spool/outbox.ts'
import type { ConfigOption, OfferedCommandUpdate, SessionOpened, ToolCall } from './messages.ts'

/** What the translator remembers between two updates of one process. */
export type Translation = {
  /** The block that streams; its record follows when another begins. */
  block?: Block
  /** How many blocks there were since the last prompt. */
  blocks: number
  /** Calls by the agent's own id. */
  calls: Readonly<Record<string, KnownCall>>
  tasks: readonly Task[]
  effective: RunStartedBody
  modes: SessionOpened['modes']
  configOptions: readonly ConfigOption[]
  commands: OfferedCommandUpdate['availableCommands']
  /** What the conversation has cost, as the agent counts it. */
  costUsd: number
  /** How full the conversation is. */
  context?: { tokens: number; window: number }
  /** The id of the last prompt: what is said after its end still has it in its keys. */
  promptId: string
  run?: RunProgress
}

export type Block = { kind: 'text' | 'thinking'; key: string; messageId: string | undefined; text: string }

/** `told`: its start, with this input. `over`: its end as well. */
export type KnownCall = { toolUseId: string; call: ToolCall; told?: string; over: boolean }

export type RunProgress = {
  /** The last text that it said: mostly the answer. */
  text?: string
  costUsd: number
  /** What it may cost; then it is stopped. */
  maxCostUsd?: number
  /** It cost that much, and was told to stop. */
  overCost?: boolean
  said?: RunEnd
}

export type RunEnd = { error?: RunError; limit?: boolean }

/** An update, understood: what is remembered of it, and what is said of it. */
export type Translated = { state: Translation; responses: NewResponse[] }

export function newTranslation(before: { costUsd: number; tasks: readonly Task[] }): Translation {
  return {
    blocks: 0,
    calls: {},
    tasks: before.tasks,
    effective: {},
    modes: undefined,
    configOptions: [],
    commands: [],
    costUsd: before.costUsd,
    promptId: '',
  }
}

/** A prompt is handed over: what follows belongs to it. */
export function beginRun(state: Translation, promptId: string, maxCostUsd: number | undefined): Translation {
  const running = Object.entries(state.calls).filter(([, { over }]) => !over)
  return {
    ...state,
    promptId,
    blocks: 0,
    calls: Object.fromEntries(running),
    run: { costUsd: 0, ...(maxCostUsd === undefined ? {} : { maxCostUsd }) },
  }
}

export function endRun(state: Translation): Translation {
  const { run: _over, ...rest } = state
  return rest
}
