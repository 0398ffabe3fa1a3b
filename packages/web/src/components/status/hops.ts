import { duration } from '../../format/time.ts'
import type { AgentProof } from '../../services/status.ts'
import { statusTexts } from '../../texts/status.ts'

/** A station on the way from this page to Claude Code. `unknown` is never shown as well. */
export type Hop = {
  id: string
  name: string
  detail?: string
  tone: 'done' | 'need' | 'fail' | 'unknown'
  proof: string
}

const texts = statusTexts.hops
/** Two questions of this page without an answer. */
const RELAY_SILENT_MS = 6_000
/** More than two heartbeats. */
const AGENT_SILENT_MS = 25_000

export function relayHop(answeredMs: number | undefined): Hop {
  const base = { id: 'relay', name: texts.relay }
  if (answeredMs === undefined) return { ...base, tone: 'unknown', proof: texts.never }
  return { ...base, tone: answeredMs > RELAY_SILENT_MS ? 'fail' : 'done', proof: texts.proved(duration(answeredMs)) }
}

/** `passedMs`: since the relay told this; proofs grow older meanwhile. */
export function agentHops(agent: AgentProof, passedMs: number): [Hop, Hop] {
  const machine = { id: 'agent', name: agent.name, ...(agent.host === undefined ? {} : { detail: agent.host }) }
  const claude = { id: 'claude', name: texts.claude }
  if (!agent.online) {
    return [
      { ...machine, tone: 'fail', proof: texts.away(duration(agent.sinceMs + passedMs)) },
      { ...claude, tone: 'unknown', proof: texts.never },
    ]
  }
  const heardMs = agent.heardMs === undefined ? undefined : agent.heardMs + passedMs
  return [
    heardMs === undefined
      ? { ...machine, tone: 'unknown', proof: texts.never }
      : { ...machine, tone: heardMs > AGENT_SILENT_MS ? 'need' : 'done', proof: texts.heard(duration(heardMs)) },
    claudeHop(claude, agent.claude, passedMs),
  ]
}

function claudeHop(base: Pick<Hop, 'id' | 'name'>, claude: AgentProof['claude'], passedMs: number): Hop {
  if (claude === undefined) return { ...base, tone: 'unknown', proof: texts.never }
  const proof = texts.told(duration(claude.toldMs + passedMs))
  if (claude.problem !== undefined) return { ...base, detail: claude.problem.message, tone: 'fail', proof }
  return { ...base, ...(claude.version === undefined ? {} : { detail: claude.version }), tone: 'done', proof }
}
