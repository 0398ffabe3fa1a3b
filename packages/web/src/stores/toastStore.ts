import type { News, NoteKind } from '@farhand/shared'
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { createLapse } from './lapse.ts'

/** News of a session that this tab does not show. `about`: what went wrong, where something did. */
export type Toast = News & { id: string; sessionId: string; about: string }

/** What needs a person stays until it is over; a failure is read more slowly than a good end. */
const SHOWN_MS: Record<NoteKind, number | undefined> = { need: undefined, failed: 20_000, finished: 8_000 }

/** Each has a name of its own: one that is on its way out can't be called back by its name. */
let shownSoFar = 0

/** What is told of other sessions just now: one of each, the newest last. */
export const useToastStore = defineStore('toast', () => {
  const toasts = shallowRef<readonly Toast[]>([])
  const lapses = new Map<string, ReturnType<typeof createLapse>>()
  let held = false

  function show(news: Omit<Toast, 'id'>): void {
    const { sessionId, kind } = news
    close(sessionId)
    const lapse = createLapse(() => close(sessionId))
    lapses.set(sessionId, lapse)
    shownSoFar += 1
    toasts.value = [...toasts.value, { ...news, id: `session:${sessionId}:${shownSoFar}` }]
    lapse.hold(held)
    lapse.start(SHOWN_MS[kind])
  }

  function close(sessionId: string): void {
    lapses.get(sessionId)?.start()
    lapses.delete(sessionId)
    if (toasts.value.some((toast) => toast.sessionId === sessionId))
      toasts.value = toasts.value.filter((toast) => toast.sessionId !== sessionId)
  }

  function clear(): void {
    for (const { sessionId } of toasts.value) close(sessionId)
  }

  /** Somebody reads them, or nobody can: none goes by itself. */
  function hold(isHeld: boolean): void {
    held = isHeld
    for (const lapse of lapses.values()) lapse.hold(isHeld)
  }

  return { toasts, show, close, clear, hold }
})
