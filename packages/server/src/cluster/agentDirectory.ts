import type { AgentRequest } from '@farhand/shared'
import type { AgentElsewhere, AgentHere } from '../agents/agents.ts'
import type { SaidAgent } from './messages.ts'

/** The agents that other relays have. Each tells all of its own; who is left out has left. */
export type AgentDirectory = {
  heard(relay: string, agents: readonly SaidAgent[]): void
  /** The relay is gone, and its agents with it. */
  gone(relay: string): void
  /** The newest connection of an agent elsewhere. */
  of(agentId: string): AgentElsewhere | undefined
}

export function createAgentDirectory(options: {
  clock: { now(): number }
  request(relay: string, agentId: string, request: AgentRequest): Promise<unknown>
  /** An agent came, left or changed there. */
  onChange(agentId: string, projectIds: ReadonlySet<string>): void
}): AgentDirectory {
  const { clock, request, onChange } = options
  const byRelay = new Map<string, Map<string, AgentElsewhere>>()

  function heard(relay: string, agents: readonly SaidAgent[]): void {
    const before = byRelay.get(relay) ?? new Map<string, AgentElsewhere>()
    const after = new Map(agents.map((said) => [said.agentId, agentOf(relay, said, before.get(said.agentId))]))
    byRelay.set(relay, after)
    if (after.size === 0) byRelay.delete(relay)
    for (const agentId of new Set([...before.keys(), ...after.keys()])) {
      const [was, is] = [before.get(agentId), after.get(agentId)]
      if (gist(was) !== gist(is)) onChange(agentId, new Set([...(was?.projectIds ?? []), ...(is?.projectIds ?? [])]))
    }
  }

  function agentOf(relay: string, said: SaidAgent, known: AgentElsewhere | undefined): AgentElsewhere {
    const now = clock.now()
    const { agentId, epoch, tokenId, name, host, claude, sinceMs, heardMs, claudeToldMs } = said
    return {
      agentId,
      epoch,
      tokenId,
      name,
      host,
      projectIds: new Set(said.projectIds),
      since: known?.epoch === epoch ? known.since : now - sinceMs, // what comes from ages moves a little each time
      claude,
      claudeToldAt: claudeToldMs === undefined ? undefined : now - claudeToldMs,
      heardAt: heardMs === undefined ? undefined : now - heardMs,
      request: (asked) => request(relay, agentId, asked),
    }
  }

  return {
    heard,
    gone: (relay) => heard(relay, []),
    of: (agentId) => {
      let newest: AgentElsewhere | undefined
      for (const agents of byRelay.values()) {
        const one = agents.get(agentId)
        if (one !== undefined && one.epoch > (newest?.epoch ?? -1)) newest = one
      }
      return newest
    },
  }
}

/** The agents of this relay, as the others are told of them. */
export function sayAgents(
  agents: readonly AgentHere[],
  now: number,
  heardAt: (agentId: string) => number | undefined,
): SaidAgent[] {
  return agents.map(({ connection, since, claude, claudeToldAt }) => {
    const { agentId, epoch, tokenId, name, host, projectIds } = connection
    const heard = heardAt(agentId)
    return {
      ...{ agentId, epoch, tokenId, name, host },
      projectIds: [...projectIds],
      sinceMs: now - since,
      ...(heard === undefined ? {} : { heardMs: now - heard }),
      ...(claude === undefined ? {} : { claude }),
      ...(claudeToldAt === undefined ? {} : { claudeToldMs: now - claudeToldAt }),
    }
  })
}

/** What of an agent people see, or is needed to reach it. */
function gist(agent: AgentElsewhere | undefined): string | undefined {
  if (agent === undefined) return undefined
  const { epoch, tokenId, name, host, projectIds, claude } = agent
  return JSON.stringify([epoch, tokenId, name, host, [...projectIds], claude])
}
