import type { Entry } from '../types/messages.ts'

export const SESSION_ID = '00000000-0000-4000-8000-00000000000a'
export const COMMAND_ID = '00000000-0000-4000-8000-00000000000c'

/** An entry of a dense log, with what a test cares about put over the defaults. */
export function buildEntry(seq: number, part: Partial<Entry> = {}): Entry {
  return {
    type: 'command_result',
    sessionId: SESSION_ID,
    seq,
    prev: seq - 1,
    commandId: COMMAND_ID,
    kind: 'text',
    response: `entry ${seq}`,
    status: 'streaming',
    at: 1_700_000_000_000 + seq,
    ...part,
  }
}

/** A log from kinds and bodies: objects become JSON, seq and prev are dense. */
export function buildLog(lines: readonly (Partial<Omit<Entry, 'response'>> & { response?: unknown })[]): Entry[] {
  return lines.map(({ response, ...part }, index) =>
    buildEntry(index + 1, {
      ...part,
      ...(response === undefined
        ? {}
        : { response: typeof response === 'string' ? response : JSON.stringify(response) }),
    }),
  )
}
