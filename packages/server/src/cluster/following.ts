import { MAX_PAGE_ENTRIES, type Entry } from '@farhand/shared'
import { createSingleFlight } from '../agents/singleFlight.ts'
import type { Committed } from '../log/sessionLog.ts'
import type { LogStore } from '../log/store.ts'
import type { Logger } from '../logger.ts'
import { UNKNOWN, noteRead, take, type Followed, type Run } from './inOrder.ts'

/** What comes too early waits so long for what is before it; then that is read from the log. */
const HOLD_MS = 100

/** The commits of all relays as one stream, in which the entries of each session that is read here are in order (LOG4). */
export type Following = {
  /** A commit of this relay or of another one. */
  take(committed: Committed): void
  /** A reader who has just come was answered up to this head. */
  noteRead(sessionId: string, head: number): void
  /** How far the log got: what was not heard of is told soon, unless it comes by itself. */
  check(heads: ReadonlyMap<string, number>): void
  /** Something was committed in these, which concerns nobody here: what was known of them is out of date. */
  passed(sessionIds: readonly string[]): void
  /** Forgets sessions that nobody reads here any more. */
  prune(): void
  close(): void
}

export type FollowingOptions = {
  store: Pick<LogStore, 'page' | 'session'>
  isRead(sessionId: string): boolean
  emit(committed: Committed): void
  /** So many entries were not heard of, and found in the log. */
  onFound(entries: number): void
  logger: Logger
}

export function createFollowing(options: FollowingOptions): Following {
  const { isRead, emit } = options
  const state: State = { ...options, sessions: new Map(), gaps: new Map(), alone: createSingleFlight(), closed: false }

  return {
    take: (committed) => {
      const runs = runsOf(committed)
      const ready: Entry[] = []
      let asItStands = true
      for (const [sessionId, run] of runs) {
        const taken = isRead(sessionId) ? order(state, sessionId, run) : run.entries
        if (!isRead(sessionId)) state.sessions.delete(sessionId)
        if (taken.length !== run.entries.length || taken[0] !== run.entries[0]) asItStands = false
        ready.push(...taken)
      }
      emit(asItStands ? committed : { ...committed, outcomes: ready.map(accepted) })
    },
    noteRead: (sessionId, head) => {
      state.sessions.set(sessionId, noteRead(state.sessions.get(sessionId) ?? UNKNOWN, head))
    },
    check: (heads) => {
      for (const [sessionId, head] of heads) checkHead(state, sessionId, head)
    },
    passed: (sessionIds) => {
      for (const sessionId of sessionIds) state.sessions.delete(sessionId)
    },
    prune: () => {
      for (const sessionId of state.sessions.keys()) if (!isRead(sessionId)) state.sessions.delete(sessionId)
    },
    close: () => {
      state.closed = true
      for (const { timer } of state.gaps.values()) clearTimeout(timer)
    },
  }
}

type State = FollowingOptions & {
  sessions: Map<string, Followed<Entry>>
  /** Gaps that will be looked at, with how far the log is known to go. */
  gaps: Map<string, { timer: NodeJS.Timeout; head: number }>
  alone: ReturnType<typeof createSingleFlight>
  closed: boolean
}

function runsOf({ outcomes }: Committed): Map<string, Run<Entry>> {
  const runs = new Map<string, { after: number; to: number; entries: Entry[] }>()
  for (const outcome of outcomes) {
    if (outcome.verdict !== 'accepted') continue
    const { entry } = outcome
    const run = runs.get(entry.sessionId)
    if (run === undefined) runs.set(entry.sessionId, { after: entry.seq - 1, to: entry.seq, entries: [entry] })
    else {
      run.entries.push(entry)
      run.to = entry.seq
    }
  }
  return runs
}

function order(state: State, sessionId: string, run: Run<Entry>): readonly Entry[] {
  const { followed, ready } = take(state.sessions.get(sessionId) ?? UNKNOWN, run)
  state.sessions.set(sessionId, followed)
  const last = followed.held.at(-1)
  if (last !== undefined) fillSoon(state, sessionId, last.to)
  return ready
}

function checkHead(state: State, sessionId: string, head: number): void {
  const known = state.sessions.get(sessionId)
  if (known?.told === undefined) {
    state.sessions.set(sessionId, noteRead(known ?? UNKNOWN, head))
    tell(state, sessionId, []) // whoever reads the log by itself looks once more
  } else if (known.told < head) fillSoon(state, sessionId, head)
}

function fillSoon(state: State, sessionId: string, head: number): void {
  const { gaps, logger, closed } = state
  const known = gaps.get(sessionId)
  if (known !== undefined) known.head = Math.max(known.head, head)
  if (known !== undefined || closed) return
  const timer = setTimeout(() => {
    const upTo = gaps.get(sessionId)?.head ?? head
    gaps.delete(sessionId)
    state
      .alone(sessionId, () => fill(state, sessionId, upTo))
      // The next look at the heads tries again.
      .catch((error: unknown) => logger.warn({ sessionId, err: error }, 'what was missed could not be read'))
  }, HOLD_MS)
  gaps.set(sessionId, { timer, head })
}

/** Reads on from what was told last, unless all of it has come meanwhile. */
async function fill(state: State, sessionId: string, upTo: number): Promise<void> {
  const { store, isRead, onFound, sessions } = state
  for (;;) {
    const told = sessions.get(sessionId)?.told
    if (told === undefined || told >= upTo || !isRead(sessionId) || state.closed) return
    const page = await store.page({ sessionId, after: told, limit: MAX_PAGE_ENTRIES, detail: 'full' })
    if (page === undefined) return void sessions.delete(sessionId) // it is deleted
    const ready = order(state, sessionId, { after: page.from, to: page.to, entries: page.entries })
    if (ready.length > 0) {
      onFound(ready.length)
      tell(state, sessionId, ready)
    }
    if (page.to >= page.head) return
  }
}

/** With the session as it stands now, for those who watch its project. */
function tell(state: State, sessionId: string, entries: readonly Entry[]): void {
  const { store, emit, logger } = state
  emit({ outcomes: entries.map(accepted), sessions: [], attention: [] })
  store.session(sessionId).then(
    (session) => {
      if (session !== undefined && !state.closed) emit({ outcomes: [], sessions: [session], attention: [] })
    },
    (error: unknown) => logger.warn({ sessionId, err: error }, 'a session could not be read'),
  )
}

function accepted(entry: Entry): Committed['outcomes'][number] {
  return { verdict: 'accepted', entry }
}
