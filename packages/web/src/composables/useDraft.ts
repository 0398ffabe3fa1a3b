import { onScopeDispose, ref, watch, type Ref } from 'vue'

const WRITE_AFTER_MS = 250
const PREFIX = 'farhand:draft:'

export type Draft = {
  text: Ref<string>
  /** The text was sent: the field is emptied if nobody typed on. Its copy stays until `settled` resolves. */
  sent(text: string, settled: Promise<unknown>): void
}

/** What is being typed in a session, kept on this device until it is sent. */
export function useDraft(
  sessionId: string,
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> = localStorage,
): Draft {
  const key = PREFIX + sessionId
  const text = ref(readSafely())
  let timer: ReturnType<typeof setTimeout> | undefined
  let held = false

  function readSafely(): string {
    try {
      return storage.getItem(key) ?? ''
    } catch {
      return '' // storage may be switched off; then a draft lives as long as its page
    }
  }

  function write(): void {
    clearTimeout(timer)
    if (held && text.value === '') return
    try {
      if (text.value === '') storage.removeItem(key)
      else storage.setItem(key, text.value)
    } catch {
      // full or switched off: the text is still in its field
    }
  }

  function sent(what: string, settled: Promise<unknown>): void {
    if (text.value !== what) return
    held = true
    text.value = ''
    const release = (): void => {
      held = false
      write()
    }
    settled.then(release, release)
  }

  watch(text, () => {
    clearTimeout(timer)
    timer = setTimeout(write, WRITE_AFTER_MS)
  })
  const onHidden = (): void => write()
  window.addEventListener('pagehide', onHidden)
  document.addEventListener('visibilitychange', onHidden)
  onScopeDispose(() => {
    write()
    window.removeEventListener('pagehide', onHidden)
    document.removeEventListener('visibilitychange', onHidden)
  })
  return { text, sent }
}
