import { z } from 'zod'

/** What an entry may be. */

/** Inputs other than a command that an observer may append. */
export const INPUT_KINDS = ['cancel', 'decision', 'setting', 'queue', 'rewind', 'revoke'] as const
export const inputKindSchema = z.enum(INPUT_KINDS)
export type InputKind = z.infer<typeof inputKindSchema>

/** What an agent writes today. The wire takes any kind: an unknown one is stored, delivered and shown as unknown. */
export const AGENT_KINDS = [
  'run_started',
  'prompt',
  'text',
  'thinking',
  'tool_started',
  'tool_progress',
  'tool_finished',
  'decided',
  'request',
  'request_resolved',
  'tasks',
  'step',
  'rewound',
  'notice',
  'run_finished',
] as const
export type AgentKind = (typeof AGENT_KINDS)[number]

/** What the relay itself says of a command, beside the ends and notices that it writes where no agent can. */
export const RELAY_KINDS = ['held', 'attached'] as const

export const ENTRY_KINDS = ['command', ...INPUT_KINDS, ...AGENT_KINDS, ...RELAY_KINDS] as const
export type EntryKind = (typeof ENTRY_KINDS)[number]

/** Kinds whose body is the text itself; every other kind's body is one JSON document. */
export const TEXT_KINDS: readonly string[] = ['command', 'text', 'thinking']
