import {
  FarhandError,
  isRelayMethod,
  type AskAgent,
  type Author,
  type SessionSummary,
  type UpdateSession,
} from '@farhand/shared'
import type { ChangedSession } from '../log/store.ts'
import { noSession, requireProject, requireSession, type Context, type Principal } from './context.ts'

/** Changes what people see of a session, never its log. Answers the session as it stands then. */
export async function updateSession(
  context: Context,
  principal: Principal,
  asked: UpdateSession,
): Promise<SessionSummary> {
  const { sessionId, type: _type, transcript = false, ...change } = asked
  await requireSession(context, principal, sessionId)
  const changed = await context.store.updateSession(sessionId, change, context.clock.now())
  if (changed === undefined) throw noSession()
  if (change.deleted === true) await forgetSession(context, principal.author, changed, transcript)
  return changed.session
}

/** What else is kept of a session that was deleted: its attachments, and what its machine has. */
export async function forgetSession(
  context: Context,
  author: Author,
  { session, unused }: ChangedSession,
  transcript = false,
): Promise<void> {
  void forgetAtAgent(context, author, session, transcript)
  await forgetAttachments(context, unused)
}

/** The session is gone whatever the file system says; a file that stays is not served any more. */
async function forgetAttachments({ attachments }: Context, ids: readonly string[]): Promise<void> {
  await Promise.allSettled(ids.map((id) => attachments.forget(id)))
}

/**
 * What the machine keeps for a deleted session goes too, and what runs there ends. Claude Code's own record goes only with
 * `transcript`. An agent that is away keeps what it has: nothing of it can be reached from here any more. Never rejects.
 */
async function forgetAtAgent(
  context: Context,
  author: Author,
  session: SessionSummary,
  transcript: boolean,
): Promise<void> {
  const { sessionId, projectId } = session
  try {
    const project = await context.store.project(projectId)
    const agent = project === undefined ? undefined : context.agents.reach(project)
    await agent?.request({
      projectId,
      method: 'sessions.forget',
      params: { sessionId, ...(transcript ? { transcript } : {}) },
      author,
    })
  } catch {
    // The session is deleted here either way, and who asked has the answer already.
  }
}

/** Asks the machine of a project something that is not part of a conversation. Only an agent that is here can answer. */
export async function askAgent(context: Context, principal: Principal, asked: AskAgent): Promise<{ result: unknown }> {
  const { projectId, method, params } = asked
  if (isRelayMethod(method)) throw new FarhandError('NOT_FOUND', `There is no method ${method} to ask for.`)
  const project = await requireProject(context, principal, projectId)
  const agent = context.agents.reach(project)
  if (agent === undefined) throw new FarhandError('AGENT_OFFLINE')
  const request = { projectId, method, author: principal.author }
  return { result: await agent.request(params === undefined ? request : { ...request, params }) }
}
