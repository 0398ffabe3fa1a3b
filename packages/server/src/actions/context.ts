import { FarhandError, type Author, type SessionSummary } from '@farhand/shared'
import type { Agents } from '../agents/agents.ts'
import type { AttachmentStore } from '../attachments/attachmentStore.ts'
import type { SessionLog } from '../log/sessionLog.ts'
import type { ProjectRecord, Store } from '../log/store.ts'

/** What acting needs, whatever the transport that asked: sockets and HTTP share the functions of this folder. */
export type Context = {
  store: Store
  log: SessionLog
  agents: Agents
  attachments: Pick<AttachmentStore, 'complete' | 'forget'>
  clock: { now(): number }
  newId(): string
}

/** Who acts. Every principal is an owner today; `requireProject` is where a narrower right would be looked at. */
export type Principal = { author: Author }

/** The project, if it exists and the principal may use it. A foreign one is answered exactly as a missing one. */
export async function requireProject(
  context: Context,
  _principal: Principal,
  projectId: string,
): Promise<ProjectRecord> {
  const project = await context.store.project(projectId)
  if (project === undefined) throw new FarhandError('NOT_FOUND', 'There is no such project.')
  return project
}

/** The session, if it exists and the principal may use its project. */
export async function requireSession(
  context: Context,
  principal: Principal,
  sessionId: string,
): Promise<SessionSummary> {
  const session = await findSession(context, principal, sessionId)
  if (session === undefined) throw noSession()
  return session
}

/** For those whom the log answers itself where the session is gone: a repeat gets its first answer there (LOG2). */
export async function findSession(
  context: Context,
  principal: Principal,
  sessionId: string,
): Promise<SessionSummary | undefined> {
  const session = await context.store.session(sessionId)
  if (session !== undefined) await requireProject(context, principal, session.projectId)
  return session
}

export function noSession(): FarhandError {
  return new FarhandError('NOT_FOUND', 'There is no such session.')
}

/** Refuses a text that is longer in UTF-8 than its limit. */
export function requireSize(text: string, maxBytes: number): void {
  if (Buffer.byteLength(text) > maxBytes) {
    throw new FarhandError('TOO_LARGE', `The text is longer than ${maxBytes} bytes.`)
  }
}
