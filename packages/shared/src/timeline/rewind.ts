import type { RewoundBody } from '../types/bodies.ts'
import type { Run, TimelineItem } from './timeline.ts'

/**
 * What Claude does not know of any more after somebody went back to before the command or imported prompt `to`: all that
 * was said since it began. What waits was not begun, and stays. Pure.
 */
export function droppedBy(
  items: readonly TimelineItem[],
  runs: ReadonlyMap<string, Run>,
  { to, conversation }: RewoundBody,
): TimelineItem[] {
  const from = runs.get(to)?.startedSeq ?? items.find((item) => item.commandId === to)?.seq
  if (!conversation || from === undefined) return []
  return items
    .filter((item) => item.dropped !== true && beganAt(item, runs) >= from)
    .map((item) => ({ ...item, dropped: true }))
}

/** What a person typed begins with its run; before that it only waits. */
function beganAt(item: TimelineItem, runs: ReadonlyMap<string, Run>): number {
  if (item.type !== 'message' || item.imported === true) return item.seq
  const run = runs.get(item.commandId)
  return run === undefined ? item.seq : (run.startedSeq ?? -1)
}

/** For people. */
export function tellRewound({ conversation, files }: RewoundBody): string {
  const parts = [
    ...(conversation ? ['Claude goes on from before that message.'] : []),
    ...(files === undefined ? [] : [tellFiles(files)]),
  ]
  return `Went back. ${parts.join(' ')}`.trim()
}

function tellFiles({ changed, skipped = 0 }: NonNullable<RewoundBody['files']>): string {
  const count = changed.length === 0 ? 'No file had changed.' : `${countOf(changed.length)} put back.`
  return skipped === 0 ? count : `${count} ${countOf(skipped)} left alone, because of links.`
}

function countOf(files: number): string {
  return files === 1 ? '1 file was' : `${files} files were`
}
