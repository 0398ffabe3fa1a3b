import type { Attention, ProjectUpdate } from '@farhand/shared'

/** So many are remembered; one that was forgotten is told again when it comes again. */
const MAX_TOLD = 10_000
const STATES = ['open', 'decided', 'resolved'] as const satisfies readonly Attention['state'][]

/**
 * Requests that wait for a person, as those who watch were told of them. What two relays say of one may come in the wrong
 * order, and a request never goes back.
 */
export type Attentions = {
  take(update: { projectId: string; attention: Attention }): void
  /** They were told to somebody who has just come. */
  note(projectId: string, open: readonly Attention[]): void
  /** These are all that are open: what was told of others is over. */
  replace(projectId: string, open: readonly Attention[]): void
}

export function createAttentions(emit: (update: ProjectUpdate) => void): Attentions {
  const told = new Map<string, { projectId: string; attention: Attention }>()

  function remember(projectId: string, attention: Attention): boolean {
    const key = keyOf(attention)
    const known = told.get(key)?.attention
    if (known !== undefined && !isNewer(attention, known)) return false
    told.delete(key)
    told.set(key, { projectId, attention })
    const [oldest] = told.keys()
    if (told.size > MAX_TOLD && oldest !== undefined) told.delete(oldest)
    return true
  }

  function take({ projectId, attention }: { projectId: string; attention: Attention }): void {
    if (remember(projectId, attention)) emit({ projectId, attention })
  }

  return {
    take,
    note: (projectId, open) => {
      for (const attention of open) remember(projectId, attention)
    },
    replace: (projectId, open) => {
      const there = new Set(open.map(keyOf))
      for (const known of [...told.values()]) {
        const { attention } = known
        if (known.projectId !== projectId || attention.state !== 'open' || there.has(keyOf(attention))) continue
        take({ projectId, attention: { ...attention, state: 'resolved' } })
      }
      for (const attention of open) take({ projectId, attention })
    },
  }
}

function keyOf({ sessionId, key }: Attention): string {
  return `${sessionId} ${key}`
}

function isNewer(one: Attention, other: Attention): boolean {
  if (one.seq !== other.seq) return one.seq > other.seq
  return STATES.indexOf(one.state) > STATES.indexOf(other.state)
}
