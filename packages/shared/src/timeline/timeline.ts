import type {
  DecidedBody,
  DecisionBody,
  NoticeBody,
  RequestBody,
  RequestResolvedBody,
  RunFinishedBody,
  RunStartedBody,
  Task,
  ToolFinishedBody,
} from '../types/bodies.ts'
import type { AttachedFile } from '../protocols/attachments.ts'
import type { Author } from '../types/messages.ts'

/**
 * What a person sees of a session: the result of folding its entries (`reduce.ts`).
 * Items stand in the order of their first entry. A changed item is a new object, an unchanged one the same object,
 * so that a view may compare by identity.
 */
export type Timeline = {
  items: readonly TimelineItem[]
  /** Where in `items` an id stands. */
  positions: ReadonlyMap<string, number>
  /** By `commandId`, in the order they were sent. */
  runs: ReadonlyMap<string, Run>
  /** Requests that wait for a person, oldest first. */
  openRequests: readonly RequestItem[]
  tasks: readonly Task[]
  /** Commands that wait for their turn, by `commandId`, in the order in which they will run. */
  queue: readonly string[]
  /** What Claude Code last said it works with. */
  effective: RunStartedBody
  /** The seq of the newest entry folded in. */
  cursor: number
}

export type TimelineItem =
  | MessageItem
  | TextItem
  | ThinkingItem
  | ToolItem
  | RequestItem
  | NoticeItem
  | RunEndItem
  | UnknownItem

type ItemBase = {
  /** Somebody went back to before this: Claude does not know of it any more. */
  dropped?: true
  /** Stable and unique in the session. */
  id: string
  commandId: string
  at: number
  seq: number
}

/** What a person typed. Its run's state is found in `runs`. */
export type MessageItem = ItemBase & {
  type: 'message'
  text: string
  author?: Author
  edited?: boolean
  /** Files that go with it, as the relay tells with the command, and the agent when its run begins. */
  attachments?: readonly AttachedFile[]
  /** Typed elsewhere, before the conversation was imported. It has no run; its `commandId` is its own id in that conversation. */
  imported?: true
}

/** `done` is false while deltas still come; `parentToolUseId` is set inside a subagent. */
export type TextItem = ItemBase & { type: 'text'; text: string; done: boolean; parentToolUseId?: string }
export type ThinkingItem = ItemBase & { type: 'thinking'; text: string; done: boolean; endedAt?: number }

export type ToolItem = ItemBase & {
  type: 'tool'
  toolUseId: string
  parentToolUseId?: string
  tool: string
  input: Record<string, unknown>
  state: ToolState
  endedAt?: number
  /** The newest sign of life of a running tool. */
  progressAt?: number
  result?: ToolFinishedBody
  /** What decided about it in the place of a person. */
  decided?: DecidedBody
}
/** `lost`: the run ended without the tool's result. */
export type ToolState = 'running' | 'done' | 'failed' | 'lost'

export type RequestItem = ItemBase & {
  type: 'request'
  requestId: string
  digest: string
  request: RequestBody
  state: RequestState
}
type DecisionScope = NonNullable<DecisionBody['scope']>
export type RequestState =
  | { name: 'open' }
  | {
      name: 'decided'
      behavior: 'allow' | 'deny'
      scope?: DecisionScope
      by?: Author
      at: number
      message?: string
      rule?: string
      forMs?: number
    }
  | { name: 'resolved'; resolution: RequestResolvedBody; by?: Author; at: number; message?: string }

export type NoticeItem = ItemBase & { type: 'notice'; notice: NoticeBody }
export type RunEndItem = ItemBase & {
  type: 'run_end'
  status: 'complete' | 'error'
  code?: string
  body: RunFinishedBody
}
/** An entry that this reader does not understand, kept and shown as it came. */
export type UnknownItem = ItemBase & { type: 'unknown'; kind: string; body: string; reason: string }

/** One command and the run it causes. */
export type Run = {
  commandId: string
  state: RunState
  /** When the command was accepted by the relay. */
  acceptedAt: number
  /** Where its run began, once it did: what was said while it waited stands before that. */
  startedSeq?: number
}
export type RunState =
  /** `held`: it waited so long that a person has to confirm it, with this key. */
  | { name: 'waiting'; held?: { key: string; since: number } }
  | { name: 'running'; since: number }
  /** `forcedAt`: somebody asked for it to be ended at once. */
  | { name: 'stopping'; since: number; by?: Author; forcedAt?: number }
  | { name: 'complete'; at: number; body: RunFinishedBody }
  | { name: 'failed'; at: number; code: string; body: RunFinishedBody }
