import { PROTOCOL_VERSION, type AgentPresence, type Welcome } from '@farhand/shared'
import type { ConnectionStatus } from '../../stores/connectionStore.ts'

export type ReportParts = {
  at: number
  /** The address of the page's own script: its name says which build it is. */
  script: string | undefined
  welcome: Welcome | undefined
  status: ConnectionStatus
  medianMs: number | undefined
  agents: readonly AgentPresence[]
  unsent: number
  durable: boolean
  missing: readonly string[]
  browser: string
  screen: string
}

/**
 * What somebody who helps needs to know first, as text to be pasted. It says nothing of what was said, and neither who nor
 * where: no names, addresses, ids or paths. Pure.
 */
export function writeReport(parts: ReportParts): string {
  const { welcome, status, medianMs, agents, missing } = parts
  const code = 'code' in status ? ` (${status.code})` : ''
  const lines: [string, string][] = [
    ['At', new Date(parts.at).toISOString()],
    ['Page', `${parts.script?.split('/').at(-1) ?? 'unknown'}, protocol ${PROTOCOL_VERSION}`],
    ['Relay', welcome === undefined ? 'never answered' : `protocol ${welcome.protocol}`],
    ['Connection', `${status.name}${code}${medianMs === undefined ? '' : `, usually ${medianMs} ms`}`],
    ...agents.map((agent, index): [string, string] => [`Machine ${index + 1}`, tellAgent(agent)]),
    ['Unsent', `${parts.unsent}, ${parts.durable ? 'kept after closing' : 'lost at closing'}`],
    ['Missing here', missing.length === 0 ? 'nothing' : missing.join(', ')],
    ['Browser', parts.browser],
    ['Window', parts.screen],
  ]
  return lines.map(([name, value]) => `${name}: ${value}`).join('\n')
}

function tellAgent({ online, claude }: AgentPresence): string {
  const version = claude?.version === undefined ? '' : `, Claude Code ${claude.version}`
  const problem = claude?.problem === undefined ? '' : ` (${claude.problem.code})`
  return `${online ? 'online' : 'away'}${version}${problem}`
}
