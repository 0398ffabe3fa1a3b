import { TASK_STATES, type NoticeBody } from '@farhand/shared'
import { fitJson } from '../driver/fit.ts'
import { delta, record, say } from '../driver/responses.ts'
import type { NewResponse } from '../spool/outbox.ts'
import { textOf, type ChunkUpdate, type Update } from './messages.ts'
import { currentSettings } from './settings.ts'
import { toolUpdate } from './tools.ts'
import type { Translated, Translation } from './translation.ts'

/**
 * An update of an ACP agent → our responses. Pure, and total: one of a kind that is not known is kept as a notice.
 *
 * The key of a text is `<id of the prompt>:<number of the block>`, the same for its deltas and its record.
 *
 * @param update what was understood of `raw`
 */
export function translate(state: Translation, update: Update | undefined, raw: unknown): Translated {
  switch (update?.sessionUpdate) {
    case 'agent_message_chunk':
    case 'agent_thought_chunk':
      return chunk(state, update)
    case 'tool_call':
    case 'tool_call_update': {
      const { state: next, responses } = toolUpdate(state, update)
      // Only a call that begins stands behind the text that was being said; news of others come in between.
      if (responses.every(({ kind }) => kind !== 'tool_started')) return { state: next, responses }
      const closed = closeBlock(next)
      return join(closed, closed.state, responses)
    }
    case 'plan': {
      const items = update.entries.map(({ content, status }, index) => ({
        id: String(index + 1),
        subject: content,
        status: TASK_STATES.find((known) => known === status) ?? 'pending',
      }))
      return { state: { ...state, tasks: items }, responses: [say('tasks', { items })] }
    }
    case 'available_commands_update':
      return silent({ ...state, commands: update.availableCommands })
    case 'current_mode_update': {
      const { modes } = state
      const known = modes == null ? {} : { modes: { ...modes, currentModeId: update.currentModeId } }
      return changed(state, {
        ...state,
        ...known,
        effective: { ...state.effective, permissionMode: update.currentModeId },
      })
    }
    case 'config_option_update': {
      const next = { ...state, configOptions: update.configOptions }
      return changed(state, { ...next, effective: { ...state.effective, ...currentSettings(next) } })
    }
    case 'usage_update':
      return silent(usage(state, update))
    case 'notice': {
      const level = LEVELS.find((known) => known === update.severity) ?? 'info'
      const message = [update.title, update.description].filter((part) => part != null && part !== '').join(': ')
      return { state, responses: [say('notice', { level, type: 'notification', message })] }
    }
    case 'compaction_update':
      return { state, responses: compaction(update.status, update.error) }
    case 'user_message_chunk':
    case 'session_info_update':
    case 'compaction_summary_chunk':
      return silent(state)
    case undefined:
      return { state, responses: [say('notice', unknownNotice(raw))] }
    default:
      return update satisfies never
  }
}

const LEVELS = ['info', 'warning', 'error'] as const

function silent(state: Translation): Translated {
  return { state, responses: [] }
}

function join(closed: Translated, state: Translation, responses: NewResponse[]): Translated {
  return { state, responses: [...closed.responses, ...responses] }
}

// --- Text -----------------------------------------------------------------------------------------------------------

function chunk(state: Translation, { sessionUpdate, content, messageId }: ChunkUpdate): Translated {
  const kind = sessionUpdate === 'agent_message_chunk' ? 'text' : 'thinking'
  const text = textOf(content)
  if (text === '') return silent(state)
  const { block } = state
  const goesOn = block?.kind === kind && (messageId == null || block.messageId === messageId)
  if (goesOn) {
    const longer = { ...block, text: block.text + text }
    return { state: { ...state, block: longer }, responses: [delta(kind, block.key, text)] }
  }
  const closed = closeBlock(state)
  const key = `${state.promptId}:${state.blocks}`
  const next = {
    ...closed.state,
    blocks: state.blocks + 1,
    block: { kind, key, messageId: messageId ?? undefined, text } as const,
  }
  return join(closed, next, [delta(kind, key, text)])
}

/** What streamed is said as a whole: the turn is over, or something else begins. */
export function closeBlock(state: Translation): Translated {
  const { block, ...rest } = state
  if (block === undefined) return silent(state)
  const { kind, key, text } = block
  const run = rest.run === undefined || kind === 'thinking' ? {} : { run: { ...rest.run, text } }
  return { state: { ...rest, ...run }, responses: [record(kind, key, text)] }
}

// --- News -----------------------------------------------------------------------------------------------------------

/** A setting that is another one now, whoever chose it. */
function changed(before: Translation, state: Translation): Translated {
  const { permissionMode: mode, model } = state.effective
  const news: NoticeBody[] = []
  if (mode !== undefined && mode !== before.effective.permissionMode) {
    const message = `The permission mode is now ${mode}.`
    news.push({ level: 'info', type: 'setting', message, permissionMode: mode })
  }
  if (model !== undefined && model !== before.effective.model) {
    news.push({ level: 'info', type: 'setting', message: `The model is now ${model}.`, model })
  }
  return { state, responses: news.map((notice) => say('notice', notice)) }
}

type UsageUpdate = Extract<Update, { sessionUpdate: 'usage_update' }>

/** The total goes on over resumed processes; where one begins anew, all of it is new. */
function usage(state: Translation, { used, size, cost }: UsageUpdate): Translation {
  const context = size > 0 ? { context: { tokens: used, window: size } } : {}
  if (cost?.currency.toUpperCase() !== 'USD') return { ...state, ...context }
  const spent = cost.amount >= state.costUsd ? cost.amount - state.costUsd : cost.amount
  const run = state.run === undefined ? {} : { run: { ...state.run, costUsd: state.run.costUsd + spent } }
  return { ...state, ...context, ...run, costUsd: cost.amount }
}

function compaction(status: string, error: string | null | undefined): NewResponse[] {
  switch (status) {
    case 'in_progress':
      return [say('notice', { level: 'info', type: 'compacting', message: 'The conversation is being compacted.' })]
    case 'completed': {
      const message = 'The conversation was compacted: the ACP agent goes on with a summary of what was before.'
      return [say('notice', { level: 'info', type: 'compacted', message })]
    }
    case 'failed': {
      const message = `The conversation could not be compacted${error == null ? '.' : `: ${error}`}`
      return [say('notice', { level: 'warning', type: 'compacted', message })]
    }
    default:
      return []
  }
}

/** As much of an update that is not understood as is kept. */
const KEPT_BYTES = 16 * 1024

function unknownNotice(raw: unknown): NoticeBody {
  const kept = fitJson({ raw }, KEPT_BYTES)
  return { level: 'info', type: 'unknown', message: `The ACP agent said something new: ${kindOf(raw)}`, ...kept.value }
}

function kindOf(raw: unknown): string {
  const update = memberOf(raw, 'update')
  const kind = memberOf(update, 'sessionUpdate')
  return typeof kind === 'string' ? kind : 'an update without a kind'
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined
}
