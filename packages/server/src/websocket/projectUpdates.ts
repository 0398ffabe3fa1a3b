import type { Attention, ProjectSnapshot, ProjectUpdate, SessionSummary } from '@farhand/shared'
import type { Committed } from '../log/sessionLog.ts'
import { createAttentions } from './attentions.ts'

/** So many sessions are remembered; of one that was forgotten an update is told that says nothing new. */
const MAX_TOLD = 10_000

/** A stream of deltas changes only the head of a session; whoever watches the project hears of it this often. */
const HEAD_EVERY_MS = 1_000

/** What the people who watch a project hear: sessions and the requests that wait in them. */
export type ProjectUpdates = {
  committed(committed: Committed): void
  /** Changed by a person, outside the log. */
  session(session: SessionSummary): void
  /** As it was read for somebody who has just come. */
  snapshotRead(snapshot: Snapshot): void
  /** All of a project as it stands, after something of it was missed. */
  projectRead(projectId: string, sessions: readonly SessionSummary[], open: readonly Attention[]): void
  close(): void
}

type Snapshot = Pick<ProjectSnapshot, 'project' | 'sessions' | 'requests'>
/** Without a gist where only those know it who came then. */
type Told = { gist: string | undefined; session: SessionSummary }

export function createProjectUpdates(options: {
  emit: (update: ProjectUpdate) => void
  /** Whether anybody watches; else there is nothing to remember. */
  isWatched: (projectId: string) => boolean
}): ProjectUpdates {
  const { emit, isWatched } = options
  const attentions = createAttentions(emit)
  /** Sessions whose latest summary waits, by the timer that will send it. */
  const waiting = new Map<string, { timer: NodeJS.Timeout; session: SessionSummary }>()
  /** What was last told of a session. */
  const told = new Map<string, Told>()

  function send(session: SessionSummary): void {
    const known = waiting.get(session.sessionId)
    if (known !== undefined) clearTimeout(known.timer)
    waiting.delete(session.sessionId)
    if (session.deleted === true) told.delete(session.sessionId)
    else remember({ gist: gist(session), session })
    emit({ projectId: session.projectId, session })
  }

  /** The one told last is the last one. */
  function remember(one: Told): void {
    told.delete(one.session.sessionId)
    told.set(one.session.sessionId, one)
    const [oldest] = told.keys()
    if (told.size > MAX_TOLD && oldest !== undefined) told.delete(oldest)
  }

  function take(session: SessionSummary): void {
    if (!isWatched(session.projectId)) {
      told.delete(session.sessionId)
      return
    }
    if (isOlder(session)) return
    const known = waiting.get(session.sessionId)
    if (told.get(session.sessionId)?.gist !== gist(session)) send(session)
    else if (known !== undefined) known.session = session
    else
      waiting.set(session.sessionId, { session, timer: setTimeout(() => sendLatest(session.sessionId), HEAD_EVERY_MS) })
  }

  /** What two relays say of a session may come in the wrong order; each commit writes a whole summary. */
  function isOlder({ sessionId, head, deleted }: SessionSummary): boolean {
    const newest = waiting.get(sessionId)?.session ?? told.get(sessionId)?.session
    return deleted !== true && newest !== undefined && head < newest.head
  }

  function isKnown(session: SessionSummary): boolean {
    const known = told.get(session.sessionId)?.session
    return known !== undefined && known.head === session.head && gist(known) === gist(session)
  }

  function sendLatest(sessionId: string): void {
    const latest = waiting.get(sessionId)
    if (latest !== undefined) send(latest.session)
  }

  return {
    committed: ({ sessions, attention }) => {
      for (const update of attention) if (isWatched(update.projectId)) attentions.take(update)
      for (const session of sessions) take(session)
    },
    session: (session) => {
      if (!isWatched(session.projectId)) told.delete(session.sessionId)
      else if (!isOlder(session)) send(session)
    },
    snapshotRead: ({ project, sessions, requests }) => {
      for (const session of sessions) if (!told.has(session.sessionId)) remember({ gist: undefined, session })
      attentions.note(project.projectId, requests)
    },
    projectRead: (projectId, sessions, open) => {
      const there = new Set(sessions.map(({ sessionId }) => sessionId))
      for (const { session } of [...told.values()]) {
        if (session.projectId === projectId && !there.has(session.sessionId)) send({ ...session, deleted: true })
      }
      for (const session of sessions) if (!isKnown(session)) take(session)
      attentions.replace(projectId, open)
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
