import { ref, watch, type Ref } from 'vue'
import { followAfterScroll, isAtEnd, type ScrollState } from './follow.ts'

/** A row and how far below the scroller's upper edge it stands, in CSS pixels. */
export type Place = { row: string; offset: number }

/**
 * Keeps a scroller at the end of its content while the reader is there, and moves nothing when not.
 * `content` is what grows inside; its rows carry `data-row`, and those that nothing is to be held by `data-mark`.
 * `whole`: does the content reach to the newest line? Only then is its end the end. `present`: the row that stands now
 * for one that was there when a place was taken.
 */
export function useFollow(
  scroller: Readonly<Ref<HTMLElement | null>>,
  content: Readonly<Ref<HTMLElement | null>>,
  whole: () => boolean = () => true,
  present: (row: string) => string | undefined = (row) => row,
) {
  const following = ref(true)
  let last: ScrollState = { top: 0, height: 0, view: 0 }
  /** How often the reader was led elsewhere. */
  let leaps = 0
  /** How often the view was led on to the end. */
  let moves = 0

  function pin(): void {
    const element = scroller.value
    if (element === null || !following.value) return
    const { top } = last
    element.scrollTop = element.scrollHeight
    last = read(element)
    if (last.top !== top) moves += 1
  }

  function onScroll(): void {
    const element = scroller.value
    if (element === null) return
    const now = read(element)
    following.value = whole() && followAfterScroll(following.value, last, now)
    last = now
  }

  /** An end that has come into sight is followed again: what was folded or led the reader there need not have scrolled. */
  function settle(element: HTMLElement): void {
    last = read(element)
    following.value ||= whole() && isAtEnd(last)
  }

  function onResize(): void {
    if (scroller.value !== null) settle(scroller.value)
    pin()
  }

  function toEnd(): void {
    leaps += 1
    following.value = true
    pin()
  }

  function place(): Place | undefined {
    return scroller.value === null ? undefined : firstInView(scroller.value, content.value)
  }

  /** Puts a row back to where it stood. Answers whether it is there. */
  function restore({ row, offset }: Place): boolean {
    const element = scroller.value
    const found = content.value?.querySelector(`[data-row="${CSS.escape(present(row) ?? row)}"]`)
    if (element === null || found == null) return false
    element.scrollTop += found.getBoundingClientRect().top - element.getBoundingClientRect().top - offset
    settle(element)
    return true
  }

  /** The reader has gone elsewhere, by another way than scrolling. */
  function leave(): void {
    leaps += 1
    following.value = false
  }

  /** Runs what adds or removes content, and puts the first visible line back to where it was. */
  async function keepPlace(change: () => Promise<void>): Promise<void> {
    const [before, leapsBefore] = [place(), leaps]
    await change()
    if (leaps !== leapsBefore) return // who was led elsewhere meanwhile is not fetched back
    if (following.value || before === undefined) return pin()
    restore(before)
  }

  watch(
    [scroller, content],
    ([view, inner], _before, onCleanup) => {
      if (view === null || inner === null) return
      onCleanup(listen(view, inner, { resized: onResize, changed: pin, scrolled: onScroll }))
      pin()
    },
    { immediate: true, flush: 'post' },
  )
  return { following, toEnd, keepPlace, place, restore, leave, moves: () => moves }
}

/** Until the answered function is called. `changed` comes in the task that has changed the content. */
function listen(
  view: HTMLElement,
  inner: HTMLElement,
  heard: { resized(): void; changed(): void; scrolled(): void },
): () => void {
  const sizes = new ResizeObserver(heard.resized)
  // A browser has laid out where the last line was pushed to by the time it tells of a size: that counts as movement,
  // though nobody sees it.
  const changes = new MutationObserver(heard.changed)
  sizes.observe(view)
  sizes.observe(inner)
  changes.observe(inner, { childList: true, characterData: true, subtree: true })
  view.addEventListener('scroll', heard.scrolled, { passive: true })
  return () => {
    sizes.disconnect()
    changes.disconnect()
    view.removeEventListener('scroll', heard.scrolled)
  }
}

function read(element: HTMLElement): ScrollState {
  return { top: element.scrollTop, height: element.scrollHeight, view: element.clientHeight }
}

/** The first row that is at least in part in view. */
function firstInView(scroller: HTMLElement, content: HTMLElement | null): Place | undefined {
  const { top } = scroller.getBoundingClientRect()
  const rows = [...(content?.querySelectorAll<HTMLElement>('[data-row]:not([data-mark])') ?? [])]
  // They stand below each other: to ask a few of hundreds is enough.
  let [low, high] = [0, rows.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rows[middle]?.getBoundingClientRect().bottom ?? 0) > top) high = middle
    else low = middle + 1
  }
  const row = rows[low]
  return row && { row: row.dataset['row'] ?? '', offset: row.getBoundingClientRect().top - top }
}
