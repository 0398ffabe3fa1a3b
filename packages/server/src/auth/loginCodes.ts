import type { Identity } from './identity.ts'
import { hashSecret, newSecret, type RandomBytes } from './secrets.ts'

/** Of the link that the server prints: it is made before anybody is there to use it. */
const PRINTED_LIFE_MS = 24 * 60 * 60 * 1_000
/** Of a link that somebody makes for a device that lies beside them. */
const MADE_LIFE_MS = 10 * 60 * 1_000
/** Links that were made and not yet used; an older one gives way. */
const MAX_CODES = 20

/** What a login link holds. `maker`: who made it while signed in; what comes of it is theirs, and ends with their rights. */
export type LoginCode = { expiresAt: number; maker: Identity | undefined }

/** The codes of login links. Only their hashes are kept, and only in memory. */
export type LoginCodes = {
  /** A second code of the same maker takes the place of the first. */
  issue(maker?: Identity): { code: string; expiresAt: number }
  /** Takes the code; undefined where it is unknown, used or too old. */
  take(code: string): LoginCode | undefined
  /** It signed nobody in. */
  giveBack(code: string, taken: LoginCode): void
}

export function createLoginCodes(options: { clock: { now(): number }; randomBytes: RandomBytes }): LoginCodes {
  const { clock, randomBytes } = options
  const codes = new Map<string, LoginCode>()

  function dropOf(maker: Identity): void {
    for (const [hash, known] of codes) if (known.maker?.credentialId === maker.credentialId) codes.delete(hash)
  }

  return {
    issue: (maker) => {
      const code = newSecret(randomBytes)
      const expiresAt = clock.now() + (maker === undefined ? PRINTED_LIFE_MS : MADE_LIFE_MS)
      if (maker !== undefined) dropOf(maker)
      codes.set(hashSecret(code), { expiresAt, maker })
      const [oldest] = codes.keys()
      if (codes.size > MAX_CODES && oldest !== undefined) codes.delete(oldest)
      return { code, expiresAt }
    },
    take: (code) => {
      const hash = hashSecret(code)
      const known = codes.get(hash)
      codes.delete(hash)
      return known !== undefined && known.expiresAt > clock.now() ? known : undefined
    },
    giveBack: (code, taken) => void codes.set(hashSecret(code), taken),
  }
}
