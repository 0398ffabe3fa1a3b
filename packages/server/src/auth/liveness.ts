import type { Login } from './login.ts'

/** Rights end within a second of revocation (CON6), and looking costs nothing in between. */
const REMEMBER_MS = 300

/** Whether credentials are still valid, asked of the store at most once per period and credential. */
export type Liveness = {
  isLive(credentialId: string): Promise<boolean>
  /** The credential has just ended. */
  forget(credentialId: string): void
  /** Asks for each of them anew where the last answer is old; answers those that ended. */
  ended(credentialIds: Iterable<string>): Promise<Set<string>>
}

export function createLiveness(login: Pick<Login, 'isLive'>, clock: { now(): number }): Liveness {
  const known = new Map<string, { at: number; live: Promise<boolean> }>()

  function isLive(credentialId: string): Promise<boolean> {
    const before = known.get(credentialId)
    if (before !== undefined && Math.abs(clock.now() - before.at) < REMEMBER_MS) return before.live
    const live = login.isLive(credentialId)
    known.set(credentialId, { at: clock.now(), live })
    return live
  }

  return {
    isLive,
    forget: (credentialId) => known.delete(credentialId),
    ended: async (credentialIds) => {
      const ids = new Set(credentialIds)
      for (const credentialId of known.keys()) if (!ids.has(credentialId)) known.delete(credentialId)
      const ended = new Set<string>()
      for (const credentialId of ids) if (!(await isLive(credentialId))) ended.add(credentialId)
      return ended
    },
  }
}
