import { isOver, type RunEndItem, type Timeline } from '@farhand/shared'

/** What a person may do with one click after a run that did not come to its end. Nothing of it happens by itself. */
export type FollowUp =
  /** Another command in the same session says to go on. */
  | { type: 'go_on'; commandId: string }
  /** The command never began: its text is sent once more, or changed first. */
  | { type: 'send_again'; commandId: string; text: string }

/**
 * Only after the last run, and only until somebody said something else. The command has the same id whoever clicks and
 * however often, so that it is accepted once. Pure.
 */
export function followUpOf(timeline: Timeline, end: RunEndItem): FollowUp | undefined {
  if (end.status === 'complete') return undefined
  const commandId = nextId(end.commandId)
  const said = timeline.items.slice((timeline.positions.get(end.id) ?? 0) + 1).some(({ type }) => type === 'message')
  const busy = [...timeline.runs.values()].some(({ state }) => !isOver(state))
  if (said || busy || timeline.runs.has(commandId)) return undefined
  switch (end.code ?? end.body.error?.code) {
    case 'INTERRUPTED':
      return { type: 'go_on', commandId }
    case 'EXPIRED': {
      const position = timeline.positions.get(end.commandId)
      const message = position === undefined ? undefined : timeline.items[position]
      return message?.type === 'message' ? { type: 'send_again', commandId, text: message.text } : undefined
    }
    default:
      return undefined
  }
}

const LAST_DIGITS = 12

/** The id that follows from another: a UUID of version 8, whose last figures count on. */
export function nextId(commandId: string): string {
  const last = (BigInt(`0x${commandId.slice(-LAST_DIGITS)}`) + 1n) % 2n ** 48n
  return `${commandId.slice(0, 14)}8${commandId.slice(15, -LAST_DIGITS)}${last.toString(16).padStart(LAST_DIGITS, '0')}`
}
