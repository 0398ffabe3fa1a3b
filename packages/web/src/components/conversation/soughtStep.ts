import type { SessionLog } from '../../stores/timelineStore.ts'
import type { WantedItem } from './reveal.ts'

/** `found`: the conversation shows it. `gone`: its place was read, and it was not there. */
export type SoughtStep = 'found' | 'wait' | 'read' | 'gone'

/** What to do next for an item whose place in the log is known, but which may not have been read yet. Pure. */
export function soughtStep(
  { itemId, seq = Infinity }: Pick<WantedItem, 'itemId' | 'seq'>,
  log: Pick<SessionLog, 'phase' | 'from' | 'timeline' | 'missing'>,
  reading: { can: boolean; busy: boolean },
): SoughtStep {
  if (log.timeline.positions.has(itemId)) return 'found'
  if (log.missing) return 'gone'
  if (log.phase !== 'live' || reading.busy) return 'wait'
  if (log.from < seq) return 'gone'
  return reading.can ? 'read' : 'wait'
}
