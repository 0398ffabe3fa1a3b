import type { Observer, PresenceUpdate } from '@farhand/shared'
import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'

/** Who reads which session just now. Lost with the connection, and told again by it. */
export const usePresenceStore = defineStore('presence', () => {
  const observers = shallowReactive(new Map<string, readonly Observer[]>())

  function apply(update: PresenceUpdate): void {
    observers.set(update.sessionId, update.observers)
  }

  function of(sessionId: string): readonly Observer[] {
    return observers.get(sessionId) ?? []
  }

  return { apply, of, clear: () => observers.clear() }
})
