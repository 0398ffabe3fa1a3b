import {
  FarhandError,
  type AgentCommand,
  type AgentPresence,
  type AgentRequest,
  type AgentStatus,
} from '@farhand/shared'
import type { AgentPlace } from '../log/housekeeping.ts'
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

/** An agent that is connected to another relay of this log. */
export type AgentElsewhere = Pick<
  AgentConnection,
  'agentId' | 'tokenId' | 'epoch' | 'name' | 'host' | 'projectIds' | 'request'
> & {
  since: number
  claude: AgentPresence['claude']
  claudeToldAt: number | undefined
  /** When its last packet came there. */
  heardAt: number | undefined
}

/** An agent that is connected to this relay. */
export type AgentHere = {
  connection: AgentConnection
  since: number
  claude: AgentPresence['claude']
  claudeToldAt: number | undefined
  /** What it has not sent yet, as it last told. */
  unsent: number
}

/** What is asked of an agent, wherever it is connected. */
export type Reach = Pick<AgentConnection, 'tokenId' | 'request'>

/** Which agents are here, and what is known of those elsewhere. Memory only: after a restart they say hello again. */
export type Agents = {
  /** A hello was accepted: the connection replaces an older one of its agent, which is fenced (AG2). */
  arrive(connection: AgentConnection): void
  /** The connection is gone. One that was replaced before changes nothing. */
  leave(connection: AgentConnection): void
  isCurrent(connection: AgentConnection): boolean
  here(): AgentHere[]
  /** Another relay told that it has this agent, or has it no more; an older connection of it here is fenced (AG2). */
  movedElsewhere(agentId: string, projectIds: ReadonlySet<string>): void
  placeOf(agentId: string): AgentPlace
  /** The agent that serves a project now, here or elsewhere. */
  reach(project: Pick<ProjectRecord, 'agentId' | 'projectId'>): Reach | undefined
  /** The connection here that serves a project now. */
  serving(project: Pick<ProjectRecord, 'agentId' | 'projectId'>): AgentConnection | undefined
  report(connection: AgentConnection, status: AgentStatus): void
  presence(project: ProjectRecord, record: AgentRecord | undefined): AgentPresence
  /** When an agent that is online last told how its Claude Code is. */
  claudeToldAt(agentId: string): number | undefined
  /** What the agents that are here have not sent yet, as they last told. */
  unsent(): number
  /** Hears which projects' presence changed, and where the agent is that changed it. */
  onChange(listener: PresenceListener): () => void
}

type PresenceListener = (projectIds: ReadonlySet<string>, where: 'here' | 'elsewhere') => void

/** @param elsewhere what other relays tell of an agent that is connected there */
export function createAgents(
  clock: { now(): number },
  elsewhere: (agentId: string) => AgentElsewhere | undefined = () => undefined,
): Agents {
  const here = new Map<string, AgentHere>()
  const leftAt = new Map<string, number>()
  /** The newest epoch that was heard of: what is told of an older one is out of date. */
  const newest = new Map<string, number>()
  const listeners = new Set<PresenceListener>()
  const startedAt = clock.now()

  function announce(projectIds: ReadonlySet<string>, where: 'here' | 'elsewhere'): void {
    for (const listener of listeners) listener(projectIds, where)
  }

  /** The connection that counts, here or elsewhere. */
  function online(agentId: string): AgentElsewhere | undefined {
    const mine = here.get(agentId)
    if (mine !== undefined) return { ...mine.connection, ...mine, heardAt: undefined }
    const other = elsewhere(agentId)
    return other === undefined || other.epoch < (newest.get(agentId) ?? 0) ? undefined : other
  }

  function reach({ agentId, projectId }: Pick<ProjectRecord, 'agentId' | 'projectId'>): AgentElsewhere | undefined {
    const agent = online(agentId)
    return agent?.projectIds.has(projectId) ? agent : undefined
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
      const epoch = newest.get(connection.agentId) ?? 0
      if (epoch > connection.epoch) return connection.fence(epoch)
      newest.set(connection.agentId, connection.epoch)
      here.set(connection.agentId, {
        connection,
        since: clock.now(),
        claude: undefined,
        claudeToldAt: undefined,
        unsent: 0,
      })
      before?.fence(connection.epoch)
      announce(new Set([...connection.projectIds, ...(before?.projectIds ?? [])]), 'here')
    },
    leave: (connection) => {
      if (!isCurrent(connection)) return
      here.delete(connection.agentId)
      leftAt.set(connection.agentId, clock.now())
      announce(connection.projectIds, 'here')
    },
    isCurrent,
    here: () => [...here.values()],
    movedElsewhere: (agentId, projectIds) => {
      const epoch = Math.max(elsewhere(agentId)?.epoch ?? 0, newest.get(agentId) ?? 0)
      newest.set(agentId, epoch)
      const mine = here.get(agentId)
      if (mine !== undefined && mine.connection.epoch < epoch) {
        here.delete(agentId)
        mine.connection.fence(epoch)
      }
      if (online(agentId) === undefined) leftAt.set(agentId, clock.now())
      announce(projectIds, 'elsewhere')
    },
    placeOf: (agentId) => (here.has(agentId) ? 'here' : online(agentId) === undefined ? 'nowhere' : 'elsewhere'),
    reach,
    serving,
    report: (connection, status) => {
      const known = here.get(connection.agentId)
      if (known?.connection !== connection) return
      const isNews = JSON.stringify(known.claude) !== JSON.stringify(status.claude)
      known.claude = status.claude
      known.claudeToldAt = clock.now()
      known.unsent = status.unsent ?? 0
      if (isNews) announce(connection.projectIds, 'here')
    },
    presence: (project, record) => {
      const awaySince = leftAt.get(project.agentId) ?? startedAt
      return presenceOf({ project, record, known: online(project.agentId), serving: reach(project), awaySince })
    },
    claudeToldAt: (agentId) => online(agentId)?.claudeToldAt,
    unsent: () => [...here.values()].reduce((sum, { unsent }) => sum + unsent, 0),
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function presenceOf(facts: {
  project: ProjectRecord
  record: AgentRecord | undefined
  /** The agent, if it is online. */
  known: AgentElsewhere | undefined
  /** The same, if it serves the project. */
  serving: AgentElsewhere | undefined
  awaySince: number
}): AgentPresence {
  const { project, record, known, serving, awaySince } = facts
  const host = known?.host ?? record?.host
  return {
    agentId: project.agentId,
    name: known?.name ?? project.agentName,
    ...(host === undefined ? {} : { host }),
    online: serving !== undefined,
    since: serving?.since ?? awaySince,
    ...(serving?.claude === undefined ? {} : { claude: serving.claude }),
  }
}
