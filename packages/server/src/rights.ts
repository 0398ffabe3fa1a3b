import { randomBytes } from 'node:crypto'
import { FarhandError } from '@farhand/shared'
import { createTokens } from './auth/tokens.ts'
import type { Store, TokenRole } from './log/store.ts'
import { printable } from './printable.ts'

/**
 * Who may come in, changed by hand; beside a running relay too, which looks rights up when they are used and ends within a
 * second what was opened with one that is gone (CON6). Each answers what to tell the person.
 */

/** The store, beside whoever serves it. */
type Open = () => Promise<Store>

/** `token owner|agent`, `token list`, `token remove ID`. */
export async function changeTokens(open: Open, args: readonly string[], name?: string): Promise<string> {
  const [what, tokenId, ...rest] = args
  if (isRole(what) && tokenId === undefined) return await makeToken(open, what, name)
  if (what === 'list' && tokenId === undefined) return await listTokens(open)
  if (what === 'remove' && tokenId !== undefined && rest.length === 0) return await removeToken(open, tokenId)
  throw new FarhandError('BAD_REQUEST', 'Usage: farhand-server token owner|agent [--name NAME] | list | remove ID')
}

/** Every browser has to sign in again, also those that came in by a link and hang on no token. */
export async function signOutAll(open: Open): Promise<string> {
  const ended = await withStore(open, (store) => store.deleteWebSessions())
  return `Signed out: ${ended} ${ended === 1 ? 'browser' : 'browsers'}. Tokens still work.`
}

async function makeToken(open: Open, role: TokenRole, name: string | undefined): Promise<string> {
  return await withStore(open, async (store) => {
    const { token } = await createTokens({ store, clock: Date, randomBytes }).create(role, name)
    return token
  })
}

async function listTokens(open: Open): Promise<string> {
  const tokens = await withStore(open, (store) => store.tokens())
  if (tokens.length === 0) return 'There are no tokens but those of the environment (OWNER_TOKEN, AGENT_TOKEN).'
  return tokens
    .map(({ tokenId, role, name, createdAt }) =>
      [tokenId, role.padEnd('owner'.length), new Date(createdAt).toISOString(), printable(name)].join('  '),
    )
    .join('\n')
}

async function removeToken(open: Open, tokenId: string): Promise<string> {
  const removed = await withStore(open, (store) => store.deleteToken(tokenId))
  if (!removed)
    throw new FarhandError('NOT_FOUND', `There is no token ${printable(tokenId)}; \`token list\` names them.`)
  return `Removed ${tokenId}. What was opened with it ends within a second, and its browsers are signed out.`
}

async function withStore<T>(open: Open, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await open()
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

function isRole(text: string | undefined): text is TokenRole {
  return text === 'owner' || text === 'agent'
}
