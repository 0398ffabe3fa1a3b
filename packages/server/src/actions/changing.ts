import { FarhandError, type AskAgent, type SessionSummary, type UpdateSession } from '@farhand/shared'
import { requireProject, type Context, type Principal } from './context.ts'
import { noSession } from './reading.ts'

/** Changes what people see of a session, never its log. Answers the session as it stands then. */
export async function updateSession(
  context: Context,
  _principal: Principal,
  asked: UpdateSession,
): Promise<SessionSummary> {
  const { sessionId, type: _type, ...change } = asked
  const session = await context.store.updateSession(sessionId, change, context.clock.now())
  if (session === undefined) throw noSession()
  return session
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
