import { randomUUID } from 'node:crypto'
import { FarhandError } from '@farhand/shared'
import type { CredentialStore, TokenRecord, TokenRole } from '../log/store.ts'
import { hashSecret, newSecret, sameHash, type RandomBytes } from './secrets.ts'

/** The prefix tells people and secret scanners what it is. */
const PREFIXES: Record<TokenRole, string> = { owner: 'fho_', agent: 'fha_' }
/** As an author's name in the log. */
const MAX_NAME_CHARS = 100
const DEFAULT_NAMES: Record<TokenRole, string> = { owner: 'Owner', agent: 'Agent' }

/** Fixed tokens from the environment, for unattended set-up. They are valid as long as the process runs. */
export type FixedTokens = { owner?: string | undefined; agent?: string | undefined }

export type Tokens = {
  /** Makes a token. Its text is in this answer only; the store keeps a hash. */
  create(role: TokenRole, name?: string): Promise<{ token: string; tokenId: string }>
  /** The token's record, or undefined where it is unknown, gone, or of another role. */
  verify(role: TokenRole, token: string): Promise<TokenRecord | undefined>
  exists(tokenId: string): Promise<boolean>
}

export function createTokens(options: {
  store: CredentialStore
  clock: { now(): number }
  randomBytes: RandomBytes
  fixed?: FixedTokens
}): Tokens {
  const { store, clock, randomBytes } = options
  const fixed = fixedRecords(options.fixed ?? {})

  return {
    create: async (role, name = DEFAULT_NAMES[role]) => {
      if (name.length > MAX_NAME_CHARS)
        throw new FarhandError('BAD_REQUEST', `A name has at most ${MAX_NAME_CHARS} characters.`)
      const token = PREFIXES[role] + newSecret(randomBytes)
      const tokenId = randomUUID()
      await store.createToken({ tokenId, role, name, hash: hashSecret(token) }, clock.now())
      return { token, tokenId }
    },
    verify: async (role, token) => {
      const hash = hashSecret(token)
      const known = fixed.find((entry) => sameHash(entry.hash, hash)) ?? (await store.tokenByHash(hash))
      return known?.role === role ? { tokenId: known.tokenId, role, name: known.name } : undefined
    },
    exists: async (tokenId) => fixed.some((entry) => entry.tokenId === tokenId) || (await store.tokenExists(tokenId)),
  }
}

function fixedRecords({ owner, agent }: FixedTokens): (TokenRecord & { hash: string })[] {
  return [
    ...(owner === undefined ? [] : [fixedRecord('owner', owner)]),
    ...(agent === undefined ? [] : [fixedRecord('agent', agent)]),
  ]
}

function fixedRecord(role: TokenRole, token: string): TokenRecord & { hash: string } {
  const hash = hashSecret(token)
  // The id follows the secret, so that what came from an old one ends when the environment names another.
  return { tokenId: `env-${role}-${hash.slice(0, 16)}`, role, name: DEFAULT_NAMES[role], hash }
}
