import type { Run, Timeline } from '@farhand/shared'

/**
 * The message before which a fork of all that counts has to end. Undefined: nothing to leave out. What somebody went back to
 * before is still in Claude Code's record, until something else was said instead. Pure.
 */
export function endOfFork(timeline: Timeline): string | undefined {
  const back = timeline.items.findLast(
    (item) => item.type === 'notice' && item.notice.type === 'rewound' && item.notice['conversation'] === true,
  )
  if (back?.type !== 'notice' || nextRun(timeline, back.seq) !== undefined) return undefined
  const { to } = back.notice
  return typeof to === 'string' ? to : undefined
}

/** The same for a fork of what was said until a run ended, with the run's end. Pure. */
export function endAfterRun(timeline: Timeline, seq: number): string | undefined {
  return nextRun(timeline, seq)?.commandId ?? endOfFork(timeline)
}

/** The first run that began after this place in the log. */
function nextRun({ runs }: Timeline, seq: number): Run | undefined {
  return [...runs.values()]
    .filter(({ startedSeq }) => startedSeq !== undefined && startedSeq > seq)
    .toSorted((a, b) => (a.startedSeq ?? 0) - (b.startedSeq ?? 0))[0]
}
