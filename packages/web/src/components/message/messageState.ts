import type { Run } from '@farhand/shared'
import type { OutboxItem } from '../../stores/outboxStore.ts'

/** The line under what a person typed: where it is on its way. */
export type MessageState = {
  text: string
  tone: 'plain' | 'fail'
  actions: readonly ('cancel' | 'retry' | 'edit' | 'remove')[]
}

const NOTHING: MessageState = { text: '', tone: 'plain', actions: [] }

/** Of a message that is not in the log yet. */
export function keptState(item: OutboxItem, connected: boolean, durable: boolean): MessageState {
  switch (item.state) {
    case 'saving':
      return NOTHING
    case 'kept': {
      if (connected) return { ...NOTHING, text: 'Sending…' }
      const where = durable ? 'Kept on this device' : 'Kept while this page is open'
      return { text: `${where} — sends when you are back online`, tone: 'plain', actions: ['edit', 'remove'] }
    }
    case 'sending':
      return { ...NOTHING, text: 'Sending…' }
    case 'sent':
      return { ...NOTHING, text: 'Sent' }
    case 'failed':
      return {
        text: `Not sent: ${item.failure?.message ?? 'refused'}`,
        tone: 'fail',
        actions: ['retry', 'edit', 'remove'],
      }
    default:
      return item.state satisfies never
  }
}

/** Of a message in the log, by its run. `busy`: another run goes first. */
export function acceptedState(
  run: Run | undefined,
  at: { busy: boolean; online: boolean; machine: string },
): MessageState {
  if (run?.state.name !== 'waiting') return NOTHING
  if (!at.online) return { text: `Sent · waits for ${at.machine}`, tone: 'plain', actions: ['cancel'] }
  return { text: at.busy ? 'Next in line' : 'Sent', tone: 'plain', actions: at.busy ? ['cancel'] : [] }
}
