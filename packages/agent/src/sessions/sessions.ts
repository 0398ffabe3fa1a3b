import type { AgentCommand, FarhandError } from '@farhand/shared'
import type { StoredInput } from '../spool/inbox.ts'
import { createSession, type Session, type SessionParts } from './session.ts'

/** All conversations of this agent. */
export type Sessions = {
  /**
   * Keeps inputs durably (CMD3) and then acts upon those that are new, each once.
   * @throws FarhandError `AGENT_STORAGE`; then nothing was accepted
   */
  accept(inputs: readonly AgentCommand[]): void
  /** Inputs that were accepted before the agent was stopped. */
  goOn(items: readonly StoredInput[]): void
  runs(): { sessionId: string; commandId: string }[]
  /** Ends what runs, and begins nothing until the next input: the disk does not take what would come of it. */
  stopAll(error: FarhandError): void
  close(): Promise<void>
}

export type SessionsParts = Omit<SessionParts, 'sessionId' | 'firstInputId'>

export function createSessions(parts: SessionsParts): Sessions {
  const sessions = new Map<string, Session>()

  function sessionOf({ sessionId, inputId }: AgentCommand): Session {
    const known = sessions.get(sessionId)
    if (known !== undefined) return known
    const made = createSession({ ...parts, sessionId, firstInputId: inputId })
    sessions.set(sessionId, made)
    return made
  }

  function act(items: readonly StoredInput[]): void {
    const inOrder = items.toSorted((a, b) => turnOf(a) - turnOf(b))
    const bySession = Map.groupBy(inOrder, ({ input }) => sessionOf(input))
    for (const [session, together] of bySession) session.accept(together)
  }

  return {
    accept: (inputs) => act(parts.spool.inbox.accept(inputs)),
    goOn: act,
    runs: () =>
      [...sessions].flatMap(([sessionId, { running }]) => {
        const commandId = running()
        return commandId === undefined ? [] : [{ sessionId, commandId }]
      }),
    stopAll({ code, message }) {
      for (const { stop } of sessions.values()) stop({ code, message })
    },
    async close() {
      await Promise.all([...sessions.values()].map((each) => each.close()))
    },
  }
}

/** Cancels first, so that nothing is begun that somebody has stopped; then the commands that the rest may be about. */
function turnOf({ input }: StoredInput): number {
  return input.kind === 'cancel' ? 0 : input.kind === 'command' ? 1 : 2
}
