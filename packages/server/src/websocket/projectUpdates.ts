import type { ProjectUpdate, SessionSummary } from '@farhand/shared'
import type { Committed } from '../log/sessionLog.ts'

/** So many sessions are remembered; of one that was forgotten an update is told that says nothing new. */
const MAX_TOLD = 10_000

/** A stream of deltas changes only the head of a session; whoever watches the project hears of it this often. */
const HEAD_EVERY_MS = 1_000

/** What the people who watch a project hear: sessions and the requests that wait in them. */
export type ProjectUpdates = {
  committed(committed: Committed): void
  /** Changed by a person, outside the log. */
  session(session: SessionSummary): void
  close(): void
}

export function createProjectUpdates(options: {
  emit: (update: ProjectUpdate) => void
  /** Whether anybody watches; else there is nothing to remember. */
  isWatched: (projectId: string) => boolean
}): ProjectUpdates {
  const { emit, isWatched } = options
  /** Sessions whose latest summary waits, by the timer that will send it. */
  const waiting = new Map<string, { timer: NodeJS.Timeout; session: SessionSummary }>()
  /** What was last told of a session besides its head. */
  const told = new Map<string, string>()

  function send(session: SessionSummary): void {
    const known = waiting.get(session.sessionId)
    if (known !== undefined) clearTimeout(known.timer)
    waiting.delete(session.sessionId)
    told.delete(session.sessionId)
    if (session.deleted !== true) told.set(session.sessionId, gist(session)) // the one told last is the last one
    const [oldest] = told.keys()
    if (told.size > MAX_TOLD && oldest !== undefined) told.delete(oldest)
    emit({ projectId: session.projectId, session })
  }

  function take(session: SessionSummary): void {
    if (!isWatched(session.projectId)) {
      told.delete(session.sessionId)
      return
    }
    const known = waiting.get(session.sessionId)
    if (told.get(session.sessionId) !== gist(session)) send(session)
    else if (known !== undefined) known.session = session
    else
      waiting.set(session.sessionId, { session, timer: setTimeout(() => sendLatest(session.sessionId), HEAD_EVERY_MS) })
  }

  function sendLatest(sessionId: string): void {
    const latest = waiting.get(sessionId)
    if (latest !== undefined) send(latest.session)
  }

  return {
    committed: ({ sessions, attention }) => {
      for (const update of attention) if (isWatched(update.projectId)) emit(update)
      for (const session of sessions) take(session)
    },
    session: (session) => {
      if (isWatched(session.projectId)) send(session)
      else told.delete(session.sessionId)
    },
    close: () => {
      for (const { timer } of waiting.values()) clearTimeout(timer)
    },
  }
}

/** Everything of a summary but what each entry moves. */
function gist(session: SessionSummary): string {
  const { head: _head, updatedAt: _updatedAt, ...rest } = session
  return JSON.stringify(rest)
}
