import { INPUT_KINDS, type AgentCommand } from '@farhand/shared'
import type { Lane } from '../log/store.ts'

/** What to do with the oldest input of a lane that its agent has not acknowledged. Pure. */
export type Offer = 'offer' | 'expire' | 'leave'

/** CMD2: a command whose time is over is ended here instead of being handed over. */
export function decideOffer(
  input: Pick<AgentCommand, 'projectId' | 'kind' | 'expiresAt'>,
  projectIds: ReadonlySet<string>,
  now: number,
): Offer {
  if (!projectIds.has(input.projectId)) return 'leave'
  return input.kind === 'command' && input.expiresAt !== undefined && input.expiresAt <= now ? 'expire' : 'offer'
}

/** The lane in which an entry goes to the agent. Only what people write has an author, and only that goes there. */
export function laneOf(entry: { kind: string; author?: unknown }): Lane | undefined {
  if (entry.author === undefined) return undefined
  if (entry.kind === 'cancel') return 'cancel'
  return entry.kind === 'command' || (INPUT_KINDS as readonly string[]).includes(entry.kind) ? 'other' : undefined
}
