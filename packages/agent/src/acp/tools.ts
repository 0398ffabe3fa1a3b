import { canonicalJson } from '@farhand/shared'
import { say } from '../driver/responses.ts'
import type { NewResponse } from '../spool/outbox.ts'
import { describeCall } from './describeCall.ts'
import { textOf, type ToolCall, type ToolContent } from './messages.ts'
import type { KnownCall, Translated, Translation } from './translation.ts'

/**
 * A call is told as started when there is something to tell: many agents announce one first and say later what it is
 * about. Told again with a better input, the later one counts. Pure.
 */
export function toolUpdate(state: Translation, update: ToolCall): Translated {
  const known = state.calls[update.toolCallId]
  const call = merged(known?.call, update)
  const { tool, input } = describeCall(call)
  const described = canonicalJson({ tool, input })
  const over = isOver(call)
  const worthTelling = over || call.status === 'in_progress' || saysSomething(call)
  const toolUseId = toolUseIdOf(state, call.toolCallId)
  const responses: NewResponse[] = []
  if (worthTelling && known?.over !== true && known?.told !== described) {
    responses.push(say('tool_started', { toolUseId, tool, input }))
  } else if (known !== undefined && known.call.status !== call.status && call.status === 'in_progress') {
    responses.push(say('tool_progress', { toolUseId }))
  }
  if (over && known?.over !== true) responses.push(finished(toolUseId, call))
  const told = worthTelling ? described : known?.told
  const next: KnownCall = {
    toolUseId,
    call,
    over: known?.over === true || over,
    ...(told === undefined ? {} : { told }),
  }
  return { state: { ...state, calls: { ...state.calls, [update.toolCallId]: next } }, responses }
}

/** Ids are the agent's own, and one that begins to count anew must not mean an older call. */
export function toolUseIdOf({ promptId, calls }: Translation, toolCallId: string): string {
  return calls[toolCallId]?.toolUseId ?? `${promptId}:${toolCallId}`
}

/** What was not said again stays; content, where it is said, is all of it. */
function merged(known: ToolCall | undefined, update: ToolCall): ToolCall {
  const given = Object.entries(update).filter(([, value]) => value !== undefined && value !== null)
  return { ...known, ...Object.fromEntries(given), toolCallId: update.toolCallId }
}

function saysSomething({ rawInput, content, locations }: ToolCall): boolean {
  return rawInput !== undefined || (content ?? []).length > 0 || (locations ?? []).length > 0
}

function isOver({ status }: ToolCall): boolean {
  return status === 'completed' || status === 'failed'
}

function finished(toolUseId: string, call: ToolCall): NewResponse {
  const content = call.content ?? []
  const said = content.flatMap(inWords).join('\n')
  const output = said === '' ? outputOf(call.rawOutput) : said
  const told = call.rawOutput === undefined || isText(call.rawOutput) ? {} : { structured: call.rawOutput }
  return say('tool_finished', { toolUseId, isError: call.status === 'failed', output, ...told })
}

/** Changes of files are the call's input, where they are shown as such. */
function inWords({ type, content, path, terminalId }: ToolContent): string[] {
  switch (type) {
    case 'content':
      return content == null ? [] : [textOf(content)]
    case 'diff':
      return path == null ? [] : [`Changed ${path}`]
    default:
      return [`[${[type, terminalId].filter((part) => part != null).join(' ')}]`]
  }
}

function outputOf(rawOutput: unknown): string {
  if (rawOutput === undefined || rawOutput === null) return ''
  return isText(rawOutput) ? rawOutput : JSON.stringify(rawOutput)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
