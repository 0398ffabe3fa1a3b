import type { NoticeBody } from '@farhand/shared'
import { z } from 'zod'
import { fitJson } from '../driver/fit.ts'
import type { RateLimitEvent, SystemMessage } from './messages.ts'

/** As much of a message that is not understood as is kept. */
const KEPT_BYTES = 16 * 1024

/**
 * What people are told about Claude Code's own news. `undefined`: understood, and nothing to tell. `unknown`: not
 * understood, so it is kept as it came. Pure.
 */
export function noticeOf(message: SystemMessage): NoticeBody | 'unknown' | undefined {
  switch (message.subtype) {
    case 'api_retry':
      return apiRetry(message)
    case 'status':
      return message['status'] === 'compacting' ? info('compacting', 'The conversation is being compacted.') : undefined
    case 'compact_boundary':
      return info('compacted', 'The conversation was compacted: Claude goes on with a summary of what was before.')
    case 'task_started':
      return backgroundTask(message, 'description', 'Background work started')
    case 'task_notification':
      return backgroundTask(message, 'summary', 'Background work ended')
    case 'permission_denied':
      return permissionDenied(message)
    case 'notification':
      return { level: 'info', type: 'notification', message: text(message['text']) ?? 'Claude Code has news.' }
    case 'informational':
    case 'local_command_output':
      return info(message.subtype, text(message['content']) ?? text(message['message']) ?? 'Claude Code has news.')
    case 'task_progress':
    case 'task_updated':
    case 'background_tasks_changed':
    case 'session_state_changed':
    case 'thinking_tokens':
    case 'commands_changed':
      return undefined
    default:
      return 'unknown'
  }
}

export function rateLimitNotice({ rate_limit_info: limit }: RateLimitEvent): NoticeBody | undefined {
  if (limit.status === 'allowed') return undefined
  const rejected = limit.status === 'rejected'
  const which = limit.rateLimitType?.replaceAll('_', ' ') ?? 'usage'
  return {
    level: rejected ? 'error' : 'warning',
    type: 'rate_limit',
    message: rejected
      ? `The ${which} limit of this account is reached.`
      : `The ${which} limit of this account is near.`,
    ...(limit.resetsAt === undefined ? {} : { resetsAt: limit.resetsAt * 1000 }),
    ...(limit.utilization === undefined ? {} : { utilization: limit.utilization }),
  }
}

/** A message that nobody here understands yet: kept and shown, so that a newer Claude Code loses nothing. */
export function unknownNotice(raw: unknown): NoticeBody {
  const name = z.object({ type: z.string(), subtype: z.string().optional() }).safeParse(raw).data
  const called = [name?.type, name?.subtype].filter((part) => part !== undefined).join('/')
  const kept = fitJson({ raw }, KEPT_BYTES)
  return {
    level: 'info',
    type: 'unknown',
    message: `Claude Code said something new: ${called || 'no type'}`,
    ...kept.value,
  }
}

function apiRetry(message: SystemMessage): NoticeBody {
  const retry = apiRetrySchema.safeParse(message).data
  if (retry === undefined)
    return { level: 'warning', type: 'api_retry', message: 'The API failed; Claude Code tries again.' }
  const what = retry.error_status == null ? 'The API could not be reached' : `The API answered ${retry.error_status}`
  const wait = `${(retry.retry_delay_ms / 1000).toFixed(1)} s`
  return {
    level: 'warning',
    type: 'api_retry',
    message: `${what}; attempt ${retry.attempt} of ${retry.max_retries} follows in ${wait}.`,
    attempt: retry.attempt,
    maxRetries: retry.max_retries,
    retryDelayMs: retry.retry_delay_ms,
    errorStatus: retry.error_status ?? null,
  }
}

const apiRetrySchema = z.looseObject({
  attempt: z.number(),
  max_retries: z.number(),
  retry_delay_ms: z.number(),
  error_status: z.number().nullish(),
})

function backgroundTask(message: SystemMessage, field: string, otherwise: string): NoticeBody {
  const said = text(message[field])
  return {
    level: message['status'] === 'failed' ? 'warning' : 'info',
    type: 'background_task',
    message: said === undefined ? otherwise : `${otherwise}: ${said}`,
    ...(text(message['task_id']) === undefined ? {} : { taskId: text(message['task_id']) }),
    ...(text(message['tool_use_id']) === undefined ? {} : { toolUseId: text(message['tool_use_id']) }),
  }
}

function permissionDenied(message: SystemMessage): NoticeBody {
  const tool = text(message['tool_name']) ?? 'A tool'
  const reason = text(message['message']) ?? text(message['decision_reason'])
  return {
    level: 'warning',
    type: 'permission_denied',
    message: reason === undefined ? `${tool} was not allowed.` : `${tool} was not allowed: ${reason}`,
    ...(text(message['tool_use_id']) === undefined ? {} : { toolUseId: text(message['tool_use_id']) }),
  }
}

function info(type: string, message: string): NoticeBody {
  return { level: 'info', type, message }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
