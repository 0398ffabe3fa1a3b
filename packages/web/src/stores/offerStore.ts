import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import type { AskMachine } from '../services/machine.ts'

/** What Claude Code offers in a project, and what was known of it before where asking failed. */
export type Offer<T> =
  | { name: 'asking'; value?: T }
  | { name: 'known'; value: T; at: number }
  | { name: 'refused'; reason: unknown; value?: T }

/** It starts a process on the machine, so it is not asked at every key. */
const FRESH_MS = 60_000

/** The commands and models that the machines offer, by project. */
export const useOfferStore = defineStore('offers', () => ({
  commands: offersOf(async (ask, projectId) => (await ask(projectId, 'commands.list', {})).commands),
  models: offersOf(async (ask, projectId) => (await ask(projectId, 'models.list', {})).models),
}))

export type Offers<T> = {
  of(projectId: string): Offer<T> | undefined
  /** Asks unless it is known and fresh. After a refusal each call asks again. */
  want(ask: AskMachine, projectId: string): Promise<void>
}

function offersOf<T>(fetch: (ask: AskMachine, projectId: string) => Promise<T>): Offers<T> {
  const known = shallowReactive(new Map<string, Offer<T>>())

  function valueOf(projectId: string): { value?: T } {
    const value = known.get(projectId)?.value
    return value === undefined ? {} : { value }
  }

  return {
    of: (projectId) => known.get(projectId),
    async want(ask, projectId) {
      const before = known.get(projectId)
      if (before?.name === 'asking') return
      if (before?.name === 'known' && Math.abs(Date.now() - before.at) < FRESH_MS) return
      known.set(projectId, { name: 'asking', ...valueOf(projectId) })
      try {
        known.set(projectId, { name: 'known', value: await fetch(ask, projectId), at: Date.now() })
      } catch (reason) {
        known.set(projectId, { name: 'refused', reason, ...valueOf(projectId) }) // a door: the list says why
      }
    },
  }
}
