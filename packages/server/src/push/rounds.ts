import { isNewsOver, TELL_AFTER_MS, type PushOutcome, type SessionSummary } from '@farhand/shared'
import type { Login } from '../auth/login.ts'
import type { PushNews, PushRecord } from '../log/push/store.ts'
import type { Committed } from '../log/sessionLog.ts'
import type { Store } from '../log/store.ts'
import type { Logger } from '../logger.ts'
import { repeat } from '../repeat.ts'
import { decideNews, kindOfEnd, whoWants, type InSight } from './decide.ts'
import { letterOf } from './message.ts'
import type { Sender } from './sender.ts'

/** How often it is looked whether there is news. Without subscriptions that is one small question. */
const LOOK_EVERY_MS = 1_000

export type RoundParts = {
  store: Store
  login: Pick<Login, 'list'>
  sender: Sender
  note(endpoint: string, outcome: PushOutcome, before: string | undefined): Promise<void>
  clock: { now(): number }
  logger: Logger
  everyMs?: number
  inSight: (sessionId: string) => InSight
  onError: (error: unknown) => void
}

/**
 * Looks again and again what the store has that nobody was told of, instead of waiting to be told: so nothing is lost with a
 * process, and of several relays the one that holds the lease speaks for all. What is told is claimed before, for good:
 * after a crash in between it is told to nobody, and never twice.
 */
export function startRounds(options: Omit<RoundParts, 'inSight' | 'onError'>) {
  const { store, logger, clock, everyMs = LOOK_EVERY_MS } = options
  let kept: Promise<unknown> = Promise.resolve()
  let stopped = false
  let failing = false // told once, not each second

  function onError(error: unknown): void {
    if (!failing && !stopped) logger.warn({ err: error }, 'push notifications failed')
    failing = true
  }

  async function keepEnds(ends: readonly PushNews[]): Promise<void> {
    const pushes = await store.pushes()
    for (const news of ends) if (whoWants(pushes, news).length > 0) await store.addPushNews(news)
  }

  return {
    /** Requests stand in the store; the ends of runs are kept there until they are told. */
    committed: ({ outcomes }: Committed): void => {
      const ends: PushNews[] = []
      for (const outcome of outcomes) {
        if (outcome.verdict !== 'accepted' || outcome.entry.status === 'streaming') continue
        ends.push(...endOf(outcome.entry, clock.now()))
      }
      if (ends.length > 0) kept = Promise.all([kept, keepEnds(ends)]).catch(onError)
    },
    /** Resolves when all that was heard of is kept. */
    settled: async (): Promise<void> => void (await kept),
    begin: (inSight: RoundParts['inSight']) => {
      const parts = { ...options, inSight, onError }
      const look = () => round(parts).then(() => void (failing = false))
      const stop = repeat(look, { everyMs, onError })
      return () => {
        stopped = true
        stop()
      }
    },
  }
}

function endOf(
  entry: Parameters<typeof kindOfEnd>[0] & { sessionId: string; commandId: string; seq: number },
  at: number,
): PushNews[] {
  const kind = kindOfEnd(entry)
  const { sessionId, commandId: key, seq } = entry
  return kind === undefined ? [] : [{ sessionId, key, kind, seq, at }]
}

async function round(parts: RoundParts): Promise<void> {
  const { store, clock, inSight } = parts
  if (!(await store.holdsLease())) return
  const pushes = await store.pushes()
  const since = Math.min(...pushes.filter(({ kinds }) => kinds.includes('need')).map(({ createdAt }) => createdAt))
  const hasNews = pushes.length > 0
  for (const news of hasNews ? await store.pushNews(Math.min(since, clock.now()), clock.now() - TELL_AFTER_MS) : []) {
    const verdict = decideNews(news, await store.session(news.sessionId), inSight(news.sessionId))
    if (verdict === 'wait' || !(await store.claimPushNews(news)) || verdict === 'drop') continue
    await tell(parts, news, 'news', whoWants(pushes, news))
  }
  for (const news of await store.pushedOver()) {
    if (await store.claimPushedOver(news)) await tell(parts, news, 'over', whoWants(pushes, news))
  }
}

/** Does not wait for the push services. */
async function tell(
  parts: RoundParts,
  news: PushNews,
  type: 'news' | 'over',
  wanting: readonly PushRecord[],
): Promise<void> {
  const { store, sender, note, onError } = parts
  const session = await store.session(news.sessionId)
  if (session === undefined || wanting.length === 0 || !isCurrent(news, type, session)) return
  const project = await store.project(session.projectId)
  const letter = letterOf(news, type, session, project?.name ?? '')
  const isWanted = async () => {
    const now = await store.session(news.sessionId)
    return now !== undefined && isCurrent(news, type, now)
  }
  for (const to of await stillSignedIn(parts, wanting)) {
    sender
      .send(to, letter, isWanted)
      .then((outcome) => note(to.endpoint, outcome, to.problem))
      .catch(onError)
  }
}

/** Of what is over, that it still is: a request may have come meanwhile. */
function isCurrent(news: PushNews, type: 'news' | 'over', session: SessionSummary): boolean {
  return type === 'over' ? session.attention === 0 : !isNewsOver(news, session)
}

/** A login can also end without a word: in time, or when the environment names another token. */
async function stillSignedIn({ store, login }: RoundParts, wanting: readonly PushRecord[]): Promise<PushRecord[]> {
  const live = new Set((await login.list()).map(({ hash }) => hash))
  for (const { login: hash, endpoint } of wanting) if (!live.has(hash)) await store.deletePush(endpoint)
  return wanting.filter(({ login: hash }) => live.has(hash))
}
