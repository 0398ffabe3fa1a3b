import type { AgentHello } from '@farhand/shared'
import { decideHello } from '../hello.ts'
import type { AgentRecord, HelloOutcome, ProjectRecord } from '../store.ts'
import type { Connection } from './database.ts'

/** Agents, the projects that they registered, and the epochs of their connections. */

const PROJECTS = `select p.project_id as "projectId", p.name, p.path, a.agent_id as "agentId", a.name as "agentName"
  from projects p join agents a using (agent_id)`

const SQL = {
  projects: `${PROJECTS} order by p.name`,
  project: `${PROJECTS} where p.project_id = $1`,
  agent: `select agent_id as "agentId", name, host from agents where agent_id = $1`,
  /** One hello at a time: two agents may name the same new project. */
  turn: `select pg_advisory_xact_lock(hashtext('farhand hello'))`,
  known: `select conn_no as "connNo", epoch from agents where agent_id = $1`,
  owners: `select project_id, agent_id from projects where project_id = any($1)`,
  saveAgent: `insert into agents (agent_id, name, host, conn_no, epoch, updated_at) values ($1, $2, $3, $4, $5, $6)
    on conflict (agent_id) do update set name = excluded.name, host = excluded.host, conn_no = excluded.conn_no,
    epoch = excluded.epoch, updated_at = excluded.updated_at`,
  saveProject: `insert into projects (project_id, agent_id, name, path, created_at) values ($1, $2, $3, $4, $5)
    on conflict (project_id) do update set name = excluded.name, path = excluded.path`,
  numbers: `select s.session_id as "sessionId", s.last_n as "lastN"
    from sessions s join projects p using (project_id) where p.agent_id = $1`,
} as const

export async function readProjects(connection: Connection): Promise<ProjectRecord[]> {
  return await connection.query<ProjectRecord>(SQL.projects)
}

export async function readProject(connection: Connection, projectId: string): Promise<ProjectRecord | undefined> {
  return (await connection.query<ProjectRecord>(SQL.project, [projectId]))[0]
}

export async function readAgent(connection: Connection, agentId: string): Promise<AgentRecord | undefined> {
  return (await connection.query<AgentRecord>(SQL.agent, [agentId]))[0]
}

/** In the caller's transaction. */
export async function takeHello(connection: Connection, hello: AgentHello, now: number): Promise<HelloOutcome> {
  const { agentId, connNo, name, host, projects } = hello
  await connection.query(SQL.turn)
  const [known] = await connection.query<{ connNo: number; epoch: number }>(SQL.known, [agentId])
  const owners = await readOwners(
    connection,
    projects.map((project) => project.projectId),
  )
  const decision = decideHello({ known, ownerOf: (projectId) => owners.get(projectId) }, hello)
  if (decision.verdict === 'refuse') return { verdict: 'refused', error: decision.error }
  const { epoch } = decision
  await connection.run(SQL.saveAgent, [agentId, name, host, connNo, epoch, now])
  for (const project of projects) {
    await connection.run(SQL.saveProject, [project.projectId, agentId, project.name, project.path, now])
  }
  return { verdict: 'accepted', epoch, sessions: await readNumbers(connection, hello) }
}

async function readOwners(connection: Connection, projectIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await connection.query<{ project_id: string; agent_id: string }>(SQL.owners, [projectIds])
  return new Map(rows.map((row) => [row.project_id, row.agent_id]))
}

/** How far the log got in each session of this agent, and 0 for those that it names and the log does not know. */
async function readNumbers(connection: Connection, hello: AgentHello): Promise<{ sessionId: string; lastN: number }[]> {
  const held = await connection.query<{ sessionId: string; lastN: number }>(SQL.numbers, [hello.agentId])
  const known = new Set(held.map((session) => session.sessionId))
  const unknown = hello.sessions.filter((session) => !known.has(session.sessionId))
  return [...held, ...unknown.map(({ sessionId }) => ({ sessionId, lastN: 0 }))]
}
