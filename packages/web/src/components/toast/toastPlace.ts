import type { ClearRoom } from '../../composables/keepClear.ts'
import type { Toast } from '../../stores/toastStore.ts'

const APART_PX = 8
const EDGE_PX = 12
const MOST = { wide: 3, narrow: 1 }
/** How high one of them is, with what is between it and the next. Where a finger presses, its buttons are larger. */
const NEWS_PX = { fine: 88, coarse: 112 }
const NOTICE_PX = { fine: 54, coarse: 66 }
/** The line that says how many are behind. */
const MORE_PX = 30

/**
 * Where the toasts stand, and how many of the news are shown at once: below what stands at the top, and none where it would
 * lie over what stands at the bottom. A notice is shown in any case; it is gone soon. Pure.
 */
export function placeOf(
  room: ClearRoom | undefined,
  on: { wide: boolean; coarse: boolean; count: number; notice: boolean },
): { most: number; style: { top: string; right: string } | undefined } {
  const most = on.wide ? MOST.wide : MOST.narrow
  if (room === undefined) return { most, style: undefined }
  const size = on.coarse ? 'coarse' : 'fine'
  const style = { top: `${room.top + APART_PX}px`, right: `${room.right + EDGE_PX}px` }
  if (room.bottom === undefined) return { most, style }
  const free = room.bottom - room.top - APART_PX - (on.notice ? NOTICE_PX[size] : 0)
  const fit = (px: number): number => Math.max(0, Math.min(most, Math.floor(px / NEWS_PX[size])))
  return { most: on.count <= fit(free) ? fit(free) : fit(free - MORE_PX), style }
}

/** Those that there is no room for: what needs somebody gives way last, and of its like the older to the newer. Pure. */
export function behindOf(toasts: readonly Pick<Toast, 'id' | 'kind'>[], most: number): string[] {
  const needs = ({ kind }: Pick<Toast, 'kind'>): number => Number(kind === 'need')
  return toasts
    .toReversed()
    .toSorted((a, b) => needs(b) - needs(a))
    .slice(most)
    .map(({ id }) => id)
}
