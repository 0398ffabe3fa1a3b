import {
  FarhandError,
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
import { requireProject, type Context, type Principal } from './context.ts'

type Detail = 'full' | 'final'

/** The first answer of a subscription: from the cursor on, or the newest, or from the start; `reset` where the cursor is of no use (SUB3). */
export async function readSubscription(
  context: Context,
  _principal: Principal,
  asked: Subscribe,
): Promise<Subscription> {
  const { sessionId, detail = 'full' } = asked
  const { store } = context
  const session = await store.session(sessionId)
  if (session === undefined) throw noSession()
  const { reset, range } = decideBeginning(asked, { head: session.head, logEpoch: store.logEpoch }, MAX_PAGE_ENTRIES)
  const page = await store.page({ sessionId, detail, ...range })
  if (page === undefined) throw noSession()
  return { logEpoch: store.logEpoch, ...page, ...(reset ? { reset } : {}) }
}

export async function readPage(context: Context, _principal: Principal, asked: Read, detail: Detail): Promise<Page> {
  const { sessionId, before, after, limit } = asked
  const page = await context.store.page({ sessionId, before, after, limit: Math.min(limit, MAX_PAGE_ENTRIES), detail })
  if (page === undefined) throw noSession()
  const { entries, from, to } = page
  return { entries, from, to }
}

export async function listProjects(context: Context, _principal: Principal): Promise<{ projects: Project[] }> {
  const records = await context.store.projects()
  return { projects: records.map((record) => toProject(context, record)) }
}

export async function readProject(context: Context, principal: Principal, projectId: string): Promise<ProjectSnapshot> {
  const record = await requireProject(context, principal, projectId)
  const { store, agents } = context
  return {
    project: toProject(context, record),
    agent: agents.presence(record, await store.agent(record.agentId)),
    sessions: await store.sessions(projectId),
    requests: await store.openRequests(projectId),
  }
}

export function noSession(): FarhandError {
  return new FarhandError('NOT_FOUND', 'There is no such session.')
}

function toProject({ agents }: Context, record: ProjectRecord): Project {
  return { ...record, online: agents.serving(record) !== undefined }
}
