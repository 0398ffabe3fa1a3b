import { ERROR_CODES, isErrorCode, type Run } from '@farhand/shared'
import { timeOfDay } from '../../format/time.ts'
import { canRetry, type OutboxItem } from '../../stores/outboxRules.ts'
import { deliveryTexts } from '../../texts/delivery.ts'

/** The line under what a person typed: where it is on its way. */
export type MessageState = {
  text: string
  tone: 'plain' | 'fail'
  /** The code of a refusal. */
  code?: string
  /** Not worth saying when it is over in a moment. */
  late?: true
  actions: readonly ('cancel' | 'retry' | 'edit' | 'remove')[]
}

const NOTHING: MessageState = { text: '', tone: 'plain', actions: [] }
const texts = deliveryTexts.message
const SENDING: MessageState = { ...NOTHING, text: texts.sending, late: true }

/** Of a message that is not in the log yet. */
export function keptState(item: OutboxItem, connected: boolean, durable: boolean): MessageState {
  switch (item.state) {
    case 'saving':
      return NOTHING
    case 'kept': {
      if (connected && item.hold === undefined) return SENDING
      const where = durable && item.unstored !== true ? texts.kept : texts.keptWithPage
      const text = connected && item.hold !== undefined ? texts.held(item.hold.message) : where
      return { text, tone: 'plain', actions: ['edit', 'remove'] }
    }
    case 'sending':
      return SENDING
    case 'sent':
      return { ...NOTHING, text: texts.sent }
    case 'failed':
      return failedState(item)
    default:
      return item.state satisfies never
  }
}

function failedState(item: OutboxItem): MessageState {
  const { code = 'INTERNAL', message = '' } = item.failure ?? {}
  const actions = canRetry(item) ? (['retry', 'edit', 'remove'] as const) : (['edit', 'remove'] as const)
  // Its message asks already what to do.
  const remedy = isErrorCode(code) && code !== 'EXPIRED' ? ` ${ERROR_CODES[code].remedy}` : ''
  return { text: texts.notSent(message + remedy), tone: 'fail', code, actions }
}

/** Of a message in the log, by its run. `busy`: another run goes first. */
export function acceptedState(
  run: Run | undefined,
  at: { busy: boolean; online: boolean; machine: string },
): MessageState {
  switch (run?.state.name) {
    case 'waiting':
      if (!at.online) return { text: texts.waitsFor(at.machine), tone: 'plain', actions: ['cancel'] }
      return at.busy
        ? { text: texts.nextInLine, tone: 'plain', actions: ['cancel'] }
        : { ...NOTHING, text: texts.accepted }
    case 'running':
    case 'stopping':
      return { ...NOTHING, text: texts.withClaude(timeOfDay(run.state.since)) }
    default:
      return NOTHING // how it ended is told below its answer
  }
}
