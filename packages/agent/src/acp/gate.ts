import { randomUUID } from 'node:crypto'
import { canonicalJson } from '@farhand/shared'
import type { GateEvents } from '../driver/driver.ts'
import { say } from '../driver/responses.ts'
import { describeCall, type DescribedCall } from './describeCall.ts'
import type { Permission, ToolCall } from './messages.ts'
import { choiceFor, combine, questionOf, refusal, type Choice, type Judged } from './permission.ts'
import { toolUpdate } from './tools.ts'
import type { Translated, Translation } from './translation.ts'

export type GateParts = {
  events: GateEvents
  cwd: string
  known(): Translation
  tell(translated: Translated): void
  isCancelled(): boolean
}

/**
 * An ACP agent asks before it makes a call: the policy first, then, where that does not decide, a person. What it does not
 * ask about, nobody here can stop. Never rejects: a fault of ours must not let through what the policy would have denied.
 */
export async function permit(permission: Permission, signal: AbortSignal, parts: GateParts): Promise<Choice> {
  try {
    return await decide(permission, signal, parts)
  } catch (error) {
    parts.events.stumbled(error)
    return refusal(permission.options)
  }
}

async function decide(permission: Permission, signal: AbortSignal, parts: GateParts): Promise<Choice> {
  const { toolCall, options } = permission
  const { toolUseId, described } = hear(toolCall, parts)
  const verdict = combine(judged(described, toolUseId, parts), described.certain)
  if (verdict?.verb === 'deny') {
    parts.events.decided(toolUseId, verdict)
    notify(parts, 'permission_denied', `${described.tool} was not allowed: ${verdict.reason}`, toolUseId)
    return refusal(options)
  }
  const once = options.find(({ kind }) => kind === 'allow_once')
  if (verdict?.verb === 'allow' && once !== undefined) {
    parts.events.decided(toolUseId, verdict)
    return { outcome: 'selected', optionId: once.optionId }
  }
  const question = questionOf(
    described,
    { ...permission, toolCall: knownCall(toolCall, parts) },
    { requestId: randomUUID(), toolUseId },
    verdict?.reason,
  )
  const answer = await parts.events.asked(question, signal)
  if (parts.isCancelled()) return { outcome: 'cancelled' }
  const now = describeCall(knownCall(toolCall, parts))
  if (answer.behavior === 'allow' && !isSame(question.input, now.input)) {
    notify(parts, 'permission_denied', CHANGED_MEANWHILE, toolUseId)
    return refusal(options)
  }
  const unchanged = answer.behavior === 'deny' || isSame(question.input, answer.updatedInput)
  const { choice, problem } = choiceFor(answer, options, unchanged)
  if (problem !== undefined) notify(parts, 'permission_denied', problem, toolUseId)
  return choice
}

/** A request tells of its call like any other update, and often more. */
function hear(toolCall: ToolCall, parts: GateParts): { toolUseId: string; described: DescribedCall } {
  parts.tell(toolUpdate(parts.known(), toolCall))
  const toolUseId = parts.known().calls[toolCall.toolCallId]?.toolUseId ?? toolCall.toolCallId
  return { toolUseId, described: describeCall(knownCall(toolCall, parts)) }
}

function knownCall(toolCall: ToolCall, { known }: GateParts): ToolCall {
  return known().calls[toolCall.toolCallId]?.call ?? toolCall
}

function judged({ judged: calls }: DescribedCall, toolUseId: string, { events, cwd }: GateParts): Judged[] {
  return calls.map(({ tool, input }) => ({ tool, verdict: events.judge({ toolUseId, tool, input, cwd }) }))
}

function isSame(one: Record<string, unknown>, other: Record<string, unknown>): boolean {
  return canonicalJson(one) === canonicalJson(other)
}

const CHANGED_MEANWHILE =
  'The ACP agent said something else about this call while it waited for an answer, so what was allowed is not what it would do. It was not allowed.'

function notify(parts: GateParts, type: string, message: string, toolUseId: string): void {
  parts.tell({ state: parts.known(), responses: [say('notice', { level: 'warning', type, message, toolUseId })] })
}
