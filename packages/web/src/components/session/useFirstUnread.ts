import type { SessionSummary, Timeline, TimelineItem } from '@farhand/shared'
import { until } from '@vueuse/core'
import { nextTick, ref, watch, type Ref } from 'vue'
import { placeIn } from '../conversation/places.ts'
import { reveal, wantedItem } from '../conversation/reveal.ts'

export type Unread = {
  sessionId: string
  summary: () => SessionSummary | undefined
  timeline: () => Timeline
  /** All that the relay has is here, the session's summary too. */
  live: () => boolean
  /** The page was opened for something else in it. */
  led: boolean
  /** On the relay's clock. */
  now: () => number
}

/** What came more recently was seen, or nearly: reading is noted a few seconds later, and a reload is no absence. */
const AWAY_MS = 60_000
/** Whoever waited longer for what is new is reading already. */
const FOLDED_WITHIN_MS = 5_000

/**
 * Up to where a session had been read when its page was opened. Undefined: all of it, or nothing at all; then there is
 * nothing to set apart. Where what is new does not fit on the screen, its reader begins at its beginning.
 */
export function useFirstUnread({
  sessionId,
  summary,
  timeline,
  live,
  led,
  now,
}: Unread): Readonly<Ref<number | undefined>> {
  const readUpTo = ref<number>()
  const stop = watch(
    // What this device kept of the list may be older than what was said since.
    () => (live() ? summary() : undefined),
    (session) => {
      if (session === undefined) return
      const mark = session.readUpTo
      if (mark > 0 && mark < session.head) {
        readUpTo.value = mark
        void lead(mark, session.head)
      }
      queueMicrotask(() => stop())
    },
    { immediate: true },
  )

  async function lead(mark: number, head: number): Promise<void> {
    const isElsewhere = (): boolean => led || wantedItem.value !== undefined || placeIn(sessionId) !== undefined
    if (isElsewhere()) return
    await until(() => timeline().cursor >= head).toBe(true, { timeout: FOLDED_WITHIN_MS })
    if (timeline().cursor < head) return
    await nextTick() // the line that sets it apart is drawn
    await new Promise(requestAnimationFrame)
    const first = firstAfter(timeline().items, mark)
    const wasAway = first !== undefined && now() - first.at >= AWAY_MS
    if (wasAway && !isElsewhere() && isAbove()) reveal(sessionId, first.id)
  }

  return readUpTo
}

/** The first that came after `mark`, where something before it is here too. Pure. */
export function firstAfter(items: readonly TimelineItem[], mark: number): TimelineItem | undefined {
  const index = items.findIndex(({ seq }) => seq > mark)
  return index > 0 ? items[index] : undefined
}

/** Whoever is at the end does not see the line above what is new. Wherever the view stands just now: it may not be there yet. */
function isAbove(): boolean {
  const view = document.getElementById('conversation')
  if (view === null) return false
  const line = view.querySelector('.row.new')
  if (line === null) return true
  const top = line.getBoundingClientRect().top - view.getBoundingClientRect().top + view.scrollTop
  return view.scrollHeight - top > view.clientHeight
}
