import {
  MAX_RESPONSE_BYTES,
  type DecidedBody,
  type NoticeBody,
  type PromptBody,
  type RequestBody,
  type RequestResolvedBody,
  type RewoundBody,
  type RunFinishedBody,
  type RunStartedBody,
  type TasksBody,
  type ToolFinishedBody,
  type ToolProgressBody,
  type ToolStartedBody,
} from '@farhand/shared'
import type { NewResponse } from '../spool/outbox.ts'
import { cutText, fitJson, fitKey } from './fit.ts'

/** What the agent says, one function per kind. Everything fits MAX_RESPONSE_BYTES. */

type Bodies = {
  run_started: RunStartedBody
  tool_started: ToolStartedBody
  tool_progress: ToolProgressBody
  tool_finished: ToolFinishedBody
  decided: DecidedBody
  request: RequestBody
  request_resolved: RequestResolvedBody
  tasks: TasksBody
  notice: NoticeBody
  prompt: PromptBody
  rewound: RewoundBody
  run_finished: RunFinishedBody
}

/** A body that had to be cut says so in `truncatedBytes`. */
export function say<K extends keyof Bodies>(kind: K, body: Bodies[K], part: Partial<NewResponse> = {}): NewResponse {
  const { value, truncatedBytes } = fitJson(body, MAX_RESPONSE_BYTES - TRUNCATED_MEMBER_BYTES)
  const data = JSON.stringify(truncatedBytes === undefined ? value : { ...value, truncatedBytes })
  return { kind, data, isComplete: false, status: 'streaming', ...part }
}

/** A preview chunk; the record of the same key takes its place. */
export function delta(kind: 'text' | 'thinking', key: string, text: string): NewResponse {
  return { kind, key: fitKey(key), data: cutText(text, MAX_RESPONSE_BYTES), isComplete: false, status: 'streaming' }
}

export function record(kind: 'text' | 'thinking', key: string, text: string): NewResponse {
  return { ...delta(kind, key, text), final: true }
}

const TRUNCATED_MEMBER_BYTES = 64
