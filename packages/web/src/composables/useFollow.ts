import { onScopeDispose, ref, watch, type Ref } from 'vue'
import { followAfterScroll, type ScrollState } from './follow.ts'

/**
 * Keeps a scroller at the end of its content while the reader is there, and moves nothing when not.
 * `content` is what grows inside; what stands above may be added with `keepPlace`.
 */
export function useFollow(scroller: Readonly<Ref<HTMLElement | null>>, content: Readonly<Ref<HTMLElement | null>>) {
  const following = ref(true)
  let last: ScrollState = { top: 0, height: 0, view: 0 }

  function read(element: HTMLElement): ScrollState {
    return { top: element.scrollTop, height: element.scrollHeight, view: element.clientHeight }
  }

  function pin(): void {
    const element = scroller.value
    if (element === null || !following.value) return
    element.scrollTop = element.scrollHeight
    last = read(element)
  }

  function onScroll(): void {
    const element = scroller.value
    if (element === null) return
    const now = read(element)
    following.value = followAfterScroll(following.value, last, now)
    last = now
  }

  function toEnd(): void {
    following.value = true
    pin()
  }

  /** Runs what adds content above, and puts the first visible line back to where it was. */
  async function keepPlace(add: () => Promise<void>): Promise<void> {
    const element = scroller.value
    const fromEnd = element === null ? 0 : element.scrollHeight - element.scrollTop
    await add()
    if (element === null || following.value) return
    element.scrollTop = element.scrollHeight - fromEnd
    last = read(element)
  }

  const observer = new ResizeObserver(pin)
  watch(
    [scroller, content],
    ([view, inner], _before, onCleanup) => {
      if (view === null || inner === null) return
      observer.observe(view)
      observer.observe(inner)
      view.addEventListener('scroll', onScroll, { passive: true })
      pin()
      onCleanup(() => {
        observer.unobserve(view)
        observer.unobserve(inner)
        view.removeEventListener('scroll', onScroll)
      })
    },
    { immediate: true, flush: 'post' },
  )
  onScopeDispose(() => observer.disconnect())
  return { following, toEnd, keepPlace }
}
