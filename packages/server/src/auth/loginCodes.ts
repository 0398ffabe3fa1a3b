import { z } from 'zod'
import type { OneTimeStore } from '../log/store.ts'
import { identitySchema, type Identity } from './identity.ts'
import { hashSecret, newSecret, type RandomBytes } from './secrets.ts'

/** Of the link that the server prints: it is made before anybody is there to use it. */
const PRINTED_LIFE_MS = 24 * 60 * 60 * 1_000
/** Of a link that somebody makes for a device that lies beside them. */
const MADE_LIFE_MS = 10 * 60 * 1_000
/** Links that were made and not yet used; an older one gives way. */
const MAX_CODES = 20

/** What a login link holds. `maker`: who made it while signed in; what comes of it is theirs, and ends with their rights. */
const contentsSchema = z.object({ maker: identitySchema.optional() })
export type LoginCode = z.infer<typeof contentsSchema> & { leftMs: number }

/** The codes of login links. Only their hashes are kept. */
export type LoginCodes = {
  /** A second code of the same maker takes the place of the first. */
  issue(maker?: Identity): Promise<{ code: string; expiresAt: number }>
  /** Takes the code; undefined where it is unknown, used or too old. */
  take(code: string): Promise<LoginCode | undefined>
  /** It signed nobody in. */
  giveBack(code: string, taken: LoginCode): Promise<void>
}

export function createLoginCodes(options: {
  store: OneTimeStore
  clock: { now(): number }
  randomBytes: RandomBytes
}): LoginCodes {
  const { store, clock, randomBytes } = options

  async function keep(code: string, maker: Identity | undefined, lifeMs: number, owner?: string): Promise<void> {
    const body = JSON.stringify({ maker } satisfies z.input<typeof contentsSchema>)
    await store.keepOnce({ kind: 'login', hash: hashSecret(code), owner, body, lifeMs, most: MAX_CODES })
  }

  return {
    issue: async (maker) => {
      const code = newSecret(randomBytes)
      const lifeMs = maker === undefined ? PRINTED_LIFE_MS : MADE_LIFE_MS
      await keep(code, maker, lifeMs, maker?.credentialId)
      return { code, expiresAt: clock.now() + lifeMs }
    },
    take: async (code) => {
      const taken = await store.takeOnce('login', hashSecret(code))
      return taken && { ...contentsSchema.parse(JSON.parse(taken.body)), leftMs: taken.leftMs }
    },
    // Without its owner: a newer one of theirs keeps its place.
    giveBack: (code, { maker, leftMs }) => keep(code, maker, leftMs),
  }
}
