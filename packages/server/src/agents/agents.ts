import {
  FarhandError,
  type AgentCommand,
  type AgentPresence,
  type AgentRequest,
  type AgentStatus,
  type ProjectSnapshot,
} from '@farhand/shared'
import type { AgentRecord, ProjectRecord } from '../log/store.ts'

/** The one connection of an agent that counts: the newest whose hello was accepted. */
export type AgentConnection = {
  agentId: string
  /** What it proved itself with. */
  tokenId: string
  epoch: number
  name: string
  host: string
  projectIds: ReadonlySet<string>
  /** Commands that it said it holds already. */
  holds: ReadonlySet<string>
  /** Resolves when the agent holds the input durably; rejects when it refuses, or with `AgentSilentError`. */
  offer(input: AgentCommand): Promise<void>
  /** The agent's answer; rejects with AGENT_OFFLINE where none came, or with the agent's own refusal. */
  request(request: AgentRequest): Promise<unknown>
  /** Tells the connection that a newer one took over, and ends it. */
  fence(epoch: number): void
}

/** The link is there, and no answer came over it in time. */
export class AgentSilentError extends FarhandError {
  constructor() {
    super('AGENT_OFFLINE', 'The agent did not answer in time.')
  }
}

/** Which agents are here. Memory only: after a restart they say hello again. */
export type Agents = {
  /** A hello was accepted: the connection replaces an older one of its agent, which is fenced (AG2). */
  arrive(connection: AgentConnection): void
  /** The connection is gone. One that was replaced before changes nothing. */
  leave(connection: AgentConnection): void
  isCurrent(connection: AgentConnection): boolean
  /** The connections that count. */
  connections(): AgentConnection[]
  /** The connection that serves a project now. */
  serving(project: Pick<ProjectRecord, 'agentId' | 'projectId'>): AgentConnection | undefined
  report(connection: AgentConnection, status: AgentStatus): void
  presence(project: ProjectRecord, record: AgentRecord | undefined): AgentPresence
  /** When an agent that is here last told how its Claude Code is. */
  claudeToldAt(agentId: string): number | undefined
  /** What the agents that are here have not sent yet, as they last told. */
  unsent(): number
  /** Hears which projects' presence changed. */
  onChange(listener: (projectIds: ReadonlySet<string>) => void): () => void
}

type Here = {
  connection: AgentConnection
  since: number
  claude: ProjectSnapshot['agent']['claude']
  claudeToldAt: number | undefined
  unsent: number
}

export function createAgents(clock: { now(): number }): Agents {
  const here = new Map<string, Here>()
  const leftAt = new Map<string, number>()
  const listeners = new Set<(projectIds: ReadonlySet<string>) => void>()
  const startedAt = clock.now()

  function announce(projectIds: ReadonlySet<string>): void {
    for (const listener of listeners) listener(projectIds)
  }

  function isCurrent(connection: AgentConnection): boolean {
    return here.get(connection.agentId)?.connection === connection
  }

  function serving(project: Pick<ProjectRecord, 'agentId' | 'projectId'>): AgentConnection | undefined {
    const connection = here.get(project.agentId)?.connection
    return connection?.projectIds.has(project.projectId) ? connection : undefined
  }

  return {
    arrive: (connection) => {
      const before = here.get(connection.agentId)?.connection
      if (before !== undefined && before.epoch > connection.epoch) return connection.fence(before.epoch)
      here.set(connection.agentId, {
        connection,
        since: clock.now(),
        claude: undefined,
        claudeToldAt: undefined,
        unsent: 0,
      })
      before?.fence(connection.epoch)
      announce(new Set([...connection.projectIds, ...(before?.projectIds ?? [])]))
    },
    leave: (connection) => {
      if (!isCurrent(connection)) return
      here.delete(connection.agentId)
      leftAt.set(connection.agentId, clock.now())
      announce(connection.projectIds)
    },
    isCurrent,
    connections: () => [...here.values()].map(({ connection }) => connection),
    serving,
    report: (connection, status) => {
      const known = here.get(connection.agentId)
      if (known?.connection !== connection) return
      const isNews = JSON.stringify(known.claude) !== JSON.stringify(status.claude)
      known.claude = status.claude
      known.claudeToldAt = clock.now()
      known.unsent = status.unsent ?? 0
      if (isNews) announce(connection.projectIds)
    },
    presence: (project, record) => {
      const online = serving(project) !== undefined
      const known = here.get(project.agentId)
      const host = known?.connection.host ?? record?.host
      return {
        agentId: project.agentId,
        name: known?.connection.name ?? project.agentName,
        ...(host === undefined ? {} : { host }),
        online,
        since: online && known !== undefined ? known.since : (leftAt.get(project.agentId) ?? startedAt),
        ...(online && known?.claude !== undefined ? { claude: known.claude } : {}),
      }
    },
    claudeToldAt: (agentId) => here.get(agentId)?.claudeToldAt,
    unsent: () => [...here.values()].reduce((sum, { unsent }) => sum + unsent, 0),
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
