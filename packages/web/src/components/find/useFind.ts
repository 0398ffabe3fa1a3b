import type { Timeline } from '@farhand/shared'
import { useMutationObserver, watchDebounced } from '@vueuse/core'
import { computed, nextTick, onScopeDispose, ref, shallowRef } from 'vue'
import { findHits, indexOfHit, stepHit, type Hit } from './findHits.ts'
import { bringIntoView, clearFound, paintFound } from './findPaint.ts'

const TYPED_MS = 150
const PAINT_MS = 60

/** What the find bar needs of the conversation that it is for. */
type FindPlace = {
  timeline(): Timeline
  scroller(): HTMLElement | null
  /** Shows an item's line and answers its key; undefined: it has none. */
  showItem(itemId: string): Promise<string | undefined>
  /** Is there more before what is loaded? */
  hasOlder(): boolean
  loadOlder(): Promise<void>
}

/** Looks for a text in one conversation, for as long as the calling scope lives. */
export function useFind(place: FindPlace) {
  const text = ref('')
  const hits = shallowRef<Hit[]>([])
  /** What the hits are of: a moment ago it was another text. */
  const searched = ref('')
  const here = shallowRef<Hit>()
  /** The place is in a line that is folded. */
  const folded = ref(false)
  const older = ref<'none' | 'loading' | 'failed'>('none')
  let row: string | undefined
  let closed = false

  const at = computed(() => indexOfHit(hits.value, here.value) + 1)

  watchDebounced([text, place.timeline], ([wanted], [before]) => void look(wanted !== before), { debounce: TYPED_MS })

  function search(): void {
    hits.value = findHits(place.timeline(), text.value)
    searched.value = text.value
  }

  async function look(isOther: boolean): Promise<void> {
    search()
    if (at.value > 0 && !isOther) return
    // What is typed on may still be there where it was found.
    if (at.value > 0) paint(true)
    else await go(hits.value.at(-1))
  }

  async function go(hit: Hit | undefined): Promise<void> {
    here.value = hit
    row = hit === undefined ? undefined : await place.showItem(hit.itemId)
    if (closed || here.value !== hit) return
    await nextTick()
    paint(true)
  }

  function paint(isNew = false): void {
    const scroller = place.scroller()
    if (scroller === null || closed) return
    const shown = row === undefined || here.value === undefined ? undefined : { row, nth: here.value.nth }
    const range = paintFound(scroller, text.value, shown)
    const drawn = range !== undefined && range.getClientRects().length > 0
    folded.value = shown !== undefined && !drawn
    if (isNew && drawn) bringIntoView(scroller, range)
  }

  /** Now, whatever was typed just before. */
  async function step(by: 1 | -1): Promise<void> {
    search()
    await go(stepHit(hits.value, here.value, by))
  }

  /** Page by page, until one has what is looked for, or the beginning is reached. */
  async function searchOlder(): Promise<void> {
    if (older.value === 'loading') return
    older.value = 'loading'
    const [wanted, known] = [text.value, hits.value.length]
    while (!closed && text.value === wanted && hits.value.length === known && place.hasOlder()) {
      const before = place.timeline()
      await place.loadOlder()
      if (place.timeline() === before) return void (older.value = 'failed')
      hits.value = findHits(place.timeline(), wanted)
    }
    older.value = 'none'
    if (!closed && hits.value.length > known) await go(hits.value[hits.value.length - known - 1])
  }

  // Lines come and go while a reader scrolls, and while a run writes.
  let later: ReturnType<typeof setTimeout> | undefined
  useMutationObserver(
    computed(() => place.scroller()),
    () => {
      clearTimeout(later)
      later = setTimeout(() => paint(), PAINT_MS)
    },
    { childList: true, subtree: true, characterData: true },
  )
  onScopeDispose(() => {
    closed = true
    clearTimeout(later)
    clearFound()
  })

  return { text, searched, hits, at, folded, older, step, searchOlder }
}
