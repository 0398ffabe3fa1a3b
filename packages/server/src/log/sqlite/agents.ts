import type { AgentHello } from '@farhand/shared'
import { decideHello } from '../hello.ts'
import type { AgentRecord, HelloOutcome, ProjectRecord } from '../store.ts'
import { builder, withParameters, type Connection } from './connection.ts'

/** Agents, the projects that they registered, and the epochs of their connections. */

export function readProjects(connection: Connection): ProjectRecord[] {
  return connection.all(selectProjects().orderBy('projects.name').compile())
}

/** Built once, because everybody who comes back asks for it; its parameter is put in by those who ask. */
const PROJECT = selectProjects().where('projects.project_id', '=', '').compile()

export function readProject(connection: Connection, projectId: string): ProjectRecord | undefined {
  return connection.first(withParameters(PROJECT, projectId))
}

export function readAgent(connection: Connection, agentId: string): AgentRecord | undefined {
  const query = builder
    .selectFrom('agents')
    .select(['agent_id as agentId', 'name', 'host'])
    .where('agent_id', '=', agentId)
  return connection.first(query.compile())
}

/** In the caller's transaction. */
export function takeHello(connection: Connection, hello: AgentHello, now: number): HelloOutcome {
  const { agentId, connNo } = hello
  const known = connection.first(
    builder.selectFrom('agents').select(['conn_no', 'epoch']).where('agent_id', '=', agentId).compile(),
  )
  const decision = decideHello(
    {
      known: known === undefined ? undefined : { connNo: known.conn_no, epoch: known.epoch },
      ownerOf: (projectId) => readProject(connection, projectId)?.agentId,
    },
    hello,
  )
  if (decision.verdict === 'refuse') return { verdict: 'refused', error: decision.error }
  const { epoch } = decision
  const agent = { name: hello.name, host: hello.host, conn_no: connNo, epoch, updated_at: now }
  connection.run(
    builder
      .insertInto('agents')
      .values({ agent_id: agentId, ...agent })
      .onConflict((conflict) => conflict.column('agent_id').doUpdateSet(agent))
      .compile(),
  )
  for (const { projectId, name, path } of hello.projects) {
    connection.run(
      builder
        .insertInto('projects')
        .values({ project_id: projectId, agent_id: agentId, name, path, created_at: now })
        .onConflict((conflict) => conflict.column('project_id').doUpdateSet({ name, path }))
        .compile(),
    )
  }
  return { verdict: 'accepted', epoch, sessions: numbersOf(connection, hello) }
}

/** How far the log got in each session of this agent, and 0 for those that it names and the log does not know. */
function numbersOf(connection: Connection, hello: AgentHello): { sessionId: string; lastN: number }[] {
  const held = connection.all(
    builder
      .selectFrom('sessions')
      .innerJoin('projects', 'projects.project_id', 'sessions.project_id')
      .select(['sessions.session_id as sessionId', 'sessions.last_n as lastN'])
      .where('projects.agent_id', '=', hello.agentId)
      .compile(),
  )
  const known = new Set(held.map((session) => session.sessionId))
  const unknown = hello.sessions.filter((session) => !known.has(session.sessionId))
  return [...held, ...unknown.map(({ sessionId }) => ({ sessionId, lastN: 0 }))]
}

function selectProjects() {
  return builder
    .selectFrom('projects')
    .innerJoin('agents', 'agents.agent_id', 'projects.agent_id')
    .select([
      'projects.project_id as projectId',
      'projects.name as name',
      'projects.path as path',
      'agents.agent_id as agentId',
      'agents.name as agentName',
    ])
}
