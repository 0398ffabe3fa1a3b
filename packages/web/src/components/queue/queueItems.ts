import { activeRun, type Author, type Timeline } from '@farhand/shared'

/** A command that waits for its turn. */
export type QueueItem = {
  commandId: string
  text: string
  edited: boolean
  author: Author | undefined
  /** How many files go with it, as far as the log says. */
  files: number
  /** It waited so long that somebody has to say that it is still wanted. */
  held: { key: string } | undefined
}

/**
 * What stands in line, in order: behind a run that goes on, or held until somebody confirms it. What is about to begin
 * is no queue. Pure.
 */
export function queueItems(timeline: Timeline): QueueItem[] {
  const busy = activeRun(timeline) !== undefined
  return timeline.queue.flatMap((commandId) => {
    const position = timeline.positions.get(commandId)
    const message = position === undefined ? undefined : timeline.items[position]
    const state = timeline.runs.get(commandId)?.state
    const held = state?.name === 'waiting' ? state.held : undefined
    if (message?.type !== 'message' || (!busy && held === undefined)) return []
    const { text, author, edited = false, attachments = [] } = message
    const files = attachments.length
    return [{ commandId, text, edited, author, files, held: held === undefined ? undefined : { key: held.key } }]
  })
}
