import type { AgentPresence } from '@farhand/shared'
import type { Context } from './context.ts'

/** A machine, and how long ago something was last proved of it. Ages, since whoever reads them has another clock. */
export type AgentProof = {
  name: string
  host?: string
  online: boolean
  /** Since it came or left, in milliseconds. */
  sinceMs: number
  /** Since its last packet, heartbeats included. Left out while it is away. */
  heardMs?: number
  claude?: NonNullable<AgentPresence['claude']> & {
    /** Since the agent last told how its Claude Code is. */
    toldMs: number
  }
}

/** Every agent that serves a project, in the order of their names. */
export async function readAgents(
  { store, agents, clock }: Context,
  heardAt: (agentId: string) => number | undefined,
): Promise<AgentProof[]> {
  const now = clock.now()
  const proofs = new Map<string, AgentProof>()
  for (const project of await store.projects()) {
    const { agentId } = project
    const before = proofs.get(agentId)
    if (before?.online === true) continue
    const { name, host, online, since, claude } = agents.presence(project, await store.agent(agentId))
    const heard = online ? heardAt(agentId) : undefined
    const told = agents.claudeToldAt(agentId)
    proofs.set(agentId, {
      name,
      ...(host === undefined ? {} : { host }),
      online,
      sinceMs: age(now, since),
      ...(heard === undefined ? {} : { heardMs: age(now, heard) }),
      ...(claude === undefined || told === undefined ? {} : { claude: { ...claude, toldMs: age(now, told) } }),
    })
  }
  return [...proofs.values()].toSorted((a, b) => a.name.localeCompare(b.name))
}

/** The clock may have been put back in between. */
function age(now: number, then: number): number {
  return Math.max(0, now - then)
}
