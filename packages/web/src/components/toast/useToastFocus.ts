import { useEventListener } from '@vueuse/core'
import { readonly, ref, type Ref } from 'vue'

const QUIETLY = { preventScroll: true }

/** The keyboard in the toasts: Esc closes the one that it is in, and what leaves never takes the focus with it. */
export function useToastFocus(stack: Readonly<Ref<HTMLElement | null>>, close: (id: string) => void) {
  const within = ref(false)
  let cameFrom: HTMLElement | undefined

  useEventListener(stack, 'focusin', ({ relatedTarget: from }) => {
    within.value = true
    if (isInside(from)) return
    cameFrom = from instanceof HTMLElement ? from : undefined
  })
  useEventListener(stack, 'focusout', ({ relatedTarget: to }) => (within.value = isInside(to)))
  // As a part of the page it gets the focus as a whole; what can be done with it is in its toasts.
  useEventListener(stack, 'focus', () => firstButton()?.focus(QUIETLY))
  useEventListener(stack, 'keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return
    const id = idAt(event.target)
    if (id === undefined) return
    event.preventDefault()
    close(id)
  })

  function isInside(target: EventTarget | null): boolean {
    return target instanceof Node && stack.value?.contains(target) === true
  }

  /** The first one of the newest that stays, beside the one that is called so. */
  function firstButton(except?: string): HTMLElement | undefined {
    const stay = stack.value?.querySelectorAll<HTMLElement>('li:not([data-removed="true"])') ?? []
    const card = [...stay].map(cardIn).find((one) => one !== null && !one.hidden && one.dataset['toast'] !== except)
    return card?.querySelector<HTMLElement>('.go') ?? card?.querySelector('button') ?? undefined
  }

  /** It goes: with the keyboard to the next one, with anything else to where somebody was before. */
  function leave(id: string): void {
    const holder = document.activeElement
    if (!isInside(holder) || idAt(holder) !== id) return
    const next = holder?.matches(':focus-visible') === true ? firstButton(id) : undefined
    const back = cameFrom?.isConnected === true ? cameFrom : undefined
    const target = next ?? back
    if (target === undefined) giveToPage()
    else target.focus(QUIETLY)
    if (document.activeElement === holder) giveToPage() // that can't take it any more
  }

  return { within: readonly(within), leave, giveToPage }
}

/** To the page itself, which stays whatever is opened in it. */
function giveToPage(): void {
  document.getElementById('main')?.focus(QUIETLY)
}

function cardIn(item: Element): HTMLElement | null {
  return item.querySelector<HTMLElement>('[data-toast]')
}

function idAt(target: EventTarget | null): string | undefined {
  return target instanceof Element ? target.closest<HTMLElement>('[data-toast]')?.dataset['toast'] : undefined
}
