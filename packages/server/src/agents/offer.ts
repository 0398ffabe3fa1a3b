import { CONFIRM_AFTER_MS, INPUT_KINDS, type AgentCommand } from '@farhand/shared'
import type { Lane, WaitingInput } from '../log/store.ts'

/** What to do with the oldest input of a lane that its agent has not acknowledged. Pure. */
export type Offer = 'offer' | 'taken' | 'expire' | 'leave' | { hold: number }

type Offered = Pick<AgentCommand, 'inputId' | 'projectId' | 'kind' | 'expiresAt' | 'at'>

/**
 * CMD2: a command whose time is over is ended here instead of being handed over, and one that waited so long that it may
 * surprise people is held for one of them to confirm; the answer says how long it waited.
 */
export function decideOffer(
  { input, confirmedAt }: Pick<WaitingInput, 'confirmedAt'> & { input: Offered },
  agent: { projectIds: ReadonlySet<string>; holds: ReadonlySet<string> },
  now: number,
): Offer {
  if (!agent.projectIds.has(input.projectId)) return 'leave'
  if (agent.holds.has(input.inputId)) return 'taken' // only its acknowledgement was lost
  if (input.kind !== 'command') return 'offer'
  if (input.expiresAt !== undefined && input.expiresAt <= now) return 'expire'
  const waitedMs = now - Math.max(input.at, confirmedAt ?? 0)
  return waitedMs > CONFIRM_AFTER_MS ? { hold: waitedMs } : 'offer'
}

/** The lane in which an entry goes to the agent. Only what people write has an author, and only that goes there. */
export function laneOf(entry: { kind: string; author?: unknown }): Lane | undefined {
  if (entry.author === undefined) return undefined
  if (entry.kind === 'cancel') return 'cancel'
  return entry.kind === 'command' || (INPUT_KINDS as readonly string[]).includes(entry.kind) ? 'other' : undefined
}
