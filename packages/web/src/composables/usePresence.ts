import type { Presence } from '@farhand/shared'
import { onScopeDispose, watch } from 'vue'
import { useConnectionStore } from '../stores/connectionStore.ts'
import { useWebSocket } from './useWebSocket.ts'

/** Typing counts as over after this much silence. */
const TYPING_MS = 3_000

/**
 * Tells the others who read a session whether this page is looked at. Volatile: what is lost is told again. `typed`: what
 * stands in the message box because somebody typed it here; empty: nothing does. `editing`: the waiting message that is
 * being edited here.
 */
export function usePresence(
  sessionId: string,
  exists: () => boolean,
  typed: () => string,
  answering: () => boolean = () => false,
  editing: () => string | undefined = () => undefined,
): void {
  const relay = useWebSocket()
  const connection = useConnectionStore()
  let told = ''
  let typing = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function stateNow(): Presence['state'] {
    if (document.visibilityState === 'hidden') return 'away'
    if (answering()) return 'answering'
    return typing ? 'typing' : 'viewing'
  }

  function tell(): void {
    if (!connection.connected || !exists()) return
    const [state, edited] = [stateNow(), editing()]
    if (`${state} ${edited}` === told) return
    told = `${state} ${edited}`
    relay
      .ask('presence', { sessionId, state, ...(edited === undefined ? {} : { editing: edited }) })
      .catch(() => undefined) // nobody waits for it
  }

  function setTyping(next: boolean): void {
    clearTimeout(timer)
    typing = next
    if (next) timer = setTimeout(() => setTyping(false), TYPING_MS)
    tell()
  }

  watch(typed, (text) => setTyping(text !== ''))
  watch([answering, editing], tell)
  watch(
    () => connection.connected && exists(),
    () => {
      told = ''
      tell()
    },
    { immediate: true },
  )
  document.addEventListener('visibilitychange', tell)
  onScopeDispose(() => {
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', tell)
  })
}
