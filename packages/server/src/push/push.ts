import { ECDH } from 'node:crypto'
import { FarhandError, type PushOutcome, type PushState, type SavePush } from '@farhand/shared'
import type { Login } from '../auth/login.ts'
import type { Config } from '../config.ts'
import type { SessionLog } from '../log/sessionLog.ts'
import type { Store } from '../log/store.ts'
import type { Logger } from '../logger.ts'
import type { Meters } from '../metrics/meters.ts'
import { endpointProblem } from './endpoint.ts'
import { openPushKeys } from './keys.ts'
import { TEST_LETTER } from './message.ts'
import { startRounds, type RoundParts } from './rounds.ts'
import { createSender, type Sender } from './sender.ts'

/** Tells people of what happens while none of their pages is open, through the push services of their browsers. */
export type Push = {
  /** What the browser with this login is told. */
  state(login: string): Promise<PushState>
  /** @throws FarhandError `BAD_REQUEST` where nothing can be sent there, `UNAUTHENTICATED` where the login has ended */
  save(login: string, said: SavePush): Promise<PushState>
  forget(login: string): Promise<void>
  /** Sends one now. @throws FarhandError `NOT_FOUND` without a subscription, `RATE_LIMITED` */
  test(login: string): Promise<PushOutcome>
  /** Resolves when what was heard of so far is kept, for whoever tells it. */
  settled(): Promise<void>
  /** From now on people are told. @returns what ends it */
  begin(inSight: RoundParts['inSight']): () => void
}

/** One per login, and logins are few; this bounds what a stranger with a login could make the relay send. */
const MAX_SUBSCRIPTIONS = 200
const TEST_EVERY_MS = 3_000

type Options = {
  config: Pick<Config, 'enablePush' | 'pushContact'>
  store: Store
  login: Pick<Login, 'list'>
  /** What this relay itself commits. */
  log: Pick<SessionLog, 'onCommitted'>
  clock: { now(): number }
  logger: Logger
  meters: Pick<Meters, 'pushes'>
  /** Also to plain http and to this machine, for tests. */
  open?: boolean
  everyMs?: number
  firstPauseMs?: number
}

export async function openPush(options: Options): Promise<Push> {
  const { config, store, logger } = options
  const { enablePush, pushContact } = config
  if (!enablePush) return closed(store, 'off')
  if (pushContact === undefined) return closed(store, 'no_contact')
  const keys = await openPushKeys(store, logger)
  if (keys === undefined) return closed(store, 'broken')
  const { createPost } = await import('./post.ts') // what it seals with is for those who send
  const { clock, open = false, firstPauseMs } = options
  const post = createPost({ keys, contact: pushContact, open, clock })
  const sender = createSender({ post, ...(firstPauseMs === undefined ? {} : { firstPauseMs }) })
  return ready({ ...options, open }, keys.publicKey, sender)
}

/** Nobody is told of anything. Who had wanted it may still take that back. */
function closed(store: Store, state: 'off' | 'no_contact' | 'broken'): Push {
  const refuse = (): never => {
    throw new FarhandError('BAD_REQUEST', 'This relay sends no push notifications.')
  }
  return {
    state: () => Promise.resolve({ state }),
    save: async () => refuse(),
    forget: (login) => forget(store, login),
    test: async () => refuse(),
    settled: () => Promise.resolve(),
    begin: () => () => {},
  }
}

function ready(options: Options & { open: boolean }, publicKey: string, sender: Sender): Push {
  const { store, clock, meters, open } = options
  const tested = new Map<string, number>()

  async function state(login: string): Promise<PushState> {
    const push = await store.pushOf(login)
    if (push === undefined) return { state: 'ready', publicKey }
    const { endpoint, kinds, problem } = push
    return { state: 'ready', publicKey, here: { endpoint, kinds, ...(problem && { problem }) } }
  }

  /** What became of a letter stays with the subscription, for its owner to see. */
  async function note(endpoint: string, outcome: PushOutcome, before: string | undefined): Promise<void> {
    meters.pushes.inc({ outcome })
    if (outcome === 'gone') return await store.deletePush(endpoint)
    const problem = outcome === 'sent' ? undefined : outcome
    if (problem !== before) await store.notePush(endpoint, problem)
  }

  const rounds = startRounds({ ...options, sender, note })
  options.log.onCommitted(rounds.committed) // as long as there is a log
  return {
    state,
    save: async (login, { subscription, kinds }) => {
      requireUsable(subscription, open)
      const known = await store.pushOf(login)
      const push = { ...subscription, login, kinds: kinds ?? known?.kinds ?? [] }
      if (!(await store.savePush(push, clock.now(), MAX_SUBSCRIPTIONS))) throw new FarhandError('UNAUTHENTICATED')
      return await state(login)
    },
    forget: (login) => forget(store, login),
    test: async (login) => {
      const push = await store.pushOf(login)
      if (push === undefined) throw new FarhandError('NOT_FOUND', 'This browser is not told of anything.')
      requirePause(tested, login)
      const outcome = await sender.sendOnce(push, TEST_LETTER)
      await note(push.endpoint, outcome, push.problem)
      return outcome
    },
    settled: rounds.settled,
    begin: (inSight) => {
      const stop = rounds.begin(inSight)
      return () => {
        stop()
        sender.close()
      }
    },
  }
}

async function forget(store: Store, login: string): Promise<void> {
  const push = await store.pushOf(login)
  if (push !== undefined) await store.deletePush(push.endpoint)
}

function requireUsable({ endpoint, keys }: SavePush['subscription'], open: boolean): void {
  const problem = endpointProblem(endpoint, open)
  if (problem !== undefined) throw new FarhandError('BAD_REQUEST', problem)
  try {
    ECDH.convertKey(keys.p256dh, 'prime256v1', 'base64url', 'hex')
  } catch (error) {
    throw new FarhandError('BAD_REQUEST', 'The key of the subscription is none.', { cause: error })
  }
}

function requirePause(tested: Map<string, number>, login: string): void {
  const at = performance.now()
  for (const [each, then] of tested) if (at - then >= TEST_EVERY_MS) tested.delete(each)
  if (tested.has(login))
    throw new FarhandError('RATE_LIMITED', 'One was sent a moment ago.', { retryAfterMs: TEST_EVERY_MS })
  tested.set(login, at)
}
