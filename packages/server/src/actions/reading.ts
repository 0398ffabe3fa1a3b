import {
  MAX_PAGE_ENTRIES,
  type Page,
  type Project,
  type ProjectSnapshot,
  type Read,
  type Subscribe,
  type Subscription,
} from '@farhand/shared'
import { decideBeginning } from '../log/beginning.ts'
import type { ProjectRecord } from '../log/store.ts'
import { noSession, requireSession, type Context, type Principal } from './context.ts'

/**
 * The first answer of a subscription: from the cursor on, or the newest, or from the start; `reset` where the cursor is of
 * no use (SUB3).
 */
export async function readSubscription(
  context: Context,
  principal: Principal,
  asked: Subscribe,
): Promise<Subscription> {
  const { sessionId, detail = 'full' } = asked
  const { store } = context
  const { head } = await requireSession(context, principal, sessionId) // asked for at once, in this turn
  const { reset, range } = decideBeginning(asked, { head, logEpoch: store.logEpoch }, MAX_PAGE_ENTRIES)
  const page = await store.page({ sessionId, detail, ...range })
  if (page === undefined) throw noSession()
  return { logEpoch: store.logEpoch, ...page, ...(reset ? { reset } : {}) }
}

/** A page, with what tells a reader whether its cursor is one of this log, and how far it is behind. */
export async function readPage(
  context: Context,
  principal: Principal,
  asked: Read,
  detail: NonNullable<Subscribe['detail']>,
): Promise<Page & { logEpoch: string; head: number }> {
  const { sessionId, before, after, limit } = asked
  await requireSession(context, principal, sessionId)
  const page = await context.store.page({ sessionId, before, after, limit: Math.min(limit, MAX_PAGE_ENTRIES), detail })
  if (page === undefined) throw noSession()
  return { logEpoch: context.store.logEpoch, ...page }
}

export async function listProjects(context: Context, _principal: Principal): Promise<{ projects: Project[] }> {
  const records = await context.store.projects()
  return { projects: records.map((record) => toProject(context, record)) }
}

export async function readProject(context: Context, record: ProjectRecord): Promise<ProjectSnapshot> {
  const { projectId } = record
  const { store, agents } = context
  return {
    project: toProject(context, record),
    agent: agents.presence(record, await store.agent(record.agentId)),
    sessions: await store.sessions(projectId),
    requests: await store.openRequests(projectId),
  }
}

function toProject({ agents }: Context, record: ProjectRecord): Project {
  return { ...record, online: agents.reach(record) !== undefined }
}
