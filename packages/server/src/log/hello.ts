import { FarhandError } from '@farhand/shared'

/** What becomes of a hello, decided from what is stored. Pure; the store asks inside the transaction that writes it. */
export type HelloDecision = { verdict: 'accept'; epoch: number } | { verdict: 'refuse'; error: FarhandError }

/**
 * AG1: a connection that is older than one that was here stays out, however late its hello comes. AG3: a project has one
 * agent.
 *
 * @param facts.known this agent as it was accepted last
 * @param facts.ownerOf the agent that registered a project first
 */
export function decideHello(
  facts: {
    known: { connNo: number; epoch: number } | undefined
    ownerOf(projectId: string): string | undefined
  },
  hello: { agentId: string; connNo: number; projects: readonly { projectId: string }[] },
): HelloDecision {
  const { known, ownerOf } = facts
  if (known !== undefined && hello.connNo <= known.connNo) {
    return refuse('FENCED', 'A newer connection of this agent was here already.')
  }
  const taken = hello.projects.find(({ projectId }) => (ownerOf(projectId) ?? hello.agentId) !== hello.agentId)
  if (taken !== undefined) return refuse('AGENT_CONFLICT', `Another agent serves the project ${taken.projectId}.`)
  return { verdict: 'accept', epoch: (known?.epoch ?? 0) + 1 }
}

function refuse(code: FarhandError['code'], message: string): HelloDecision {
  return { verdict: 'refuse', error: new FarhandError(code, message) }
}
