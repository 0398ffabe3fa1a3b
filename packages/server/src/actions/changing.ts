import { FarhandError, type AskAgent, type SessionSummary, type UpdateSession } from '@farhand/shared'
import { requireProject, type Context, type Principal } from './context.ts'
import { noSession } from './reading.ts'

/** Changes what people see of a session, never its log. Answers the session as it stands then. */
export async function updateSession(
  context: Context,
  principal: Principal,
  asked: UpdateSession,
): Promise<SessionSummary> {
  const { sessionId, type: _type, ...change } = asked
  const session = await context.store.updateSession(sessionId, change, context.clock.now())
  if (session === undefined) throw noSession()
  if (change.deleted === true) void forgetAtAgent(context, principal, session)
  return session
}

/**
 * What the machine keeps for a deleted session goes too, and what runs there ends. Claude Code's own record stays. An agent
 * that is away keeps what it has: nothing of it can be reached from here any more. Never rejects.
 */
async function forgetAtAgent(context: Context, { author }: Principal, session: SessionSummary): Promise<void> {
  const { sessionId, projectId } = session
  try {
    const project = await context.store.project(projectId)
    const connection = project === undefined ? undefined : context.agents.serving(project)
    await connection?.request({ projectId, method: 'sessions.forget', params: { sessionId }, author })
  } catch {
    // The session is deleted here either way, and who asked has the answer already.
  }
}

/** Asks the machine of a project something that is not part of a conversation. Only an agent that is here can answer. */
export async function askAgent(context: Context, principal: Principal, asked: AskAgent): Promise<{ result: unknown }> {
  const { projectId, method, params } = asked
  const project = await requireProject(context, principal, projectId)
  const connection = context.agents.serving(project)
  if (connection === undefined) throw new FarhandError('AGENT_OFFLINE')
  const request = { projectId, method, author: principal.author }
  return { result: await connection.request(params === undefined ? request : { ...request, params }) }
}
