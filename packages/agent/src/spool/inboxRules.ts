import type { AgentCommand } from '@farhand/shared'

/** `position` orders the inputs of a session: their seq, until somebody moves one. */
export type StoredInput = { input: AgentCommand; position: number; acceptedAt: number }

/** CMD3: of what the relay handed over, what was not here before. It may say the same twice, also in one message. Pure. */
export function freshInputs(
  inputs: readonly AgentCommand[],
  isKnown: (inputId: string) => boolean,
  acceptedAt: number,
): StoredInput[] {
  const fresh = new Map<string, StoredInput>()
  for (const input of inputs) {
    if (isKnown(input.inputId) || fresh.has(input.inputId)) continue
    fresh.set(input.inputId, { input, position: input.seq, acceptedAt })
  }
  return [...fresh.values()]
}
