import type { AgentResult, AgentCommand, FarhandError } from '@farhand/shared'
import type { StoredInput } from '../spool/inbox.ts'
import type { HeldRequest } from './runner.ts'
import type { Stop } from './runner.ts'
import { createSession, type Session, type SessionParts } from './session.ts'

/** All conversations of this agent. */
export type Sessions = {
  /**
   * Keeps inputs durably (CMD3) and then acts upon those that are new, each once.
   * @throws FarhandError `AGENT_STORAGE`; then nothing was accepted
   */
  accept(inputs: readonly AgentCommand[]): void
  /** Runs that wait for a person, and inputs that were accepted, both from before the agent was stopped. */
  goOn(items: readonly StoredInput[], held?: readonly { item: StoredInput; request: HeldRequest }[]): void
  runs(): { sessionId: string; commandId: string }[]
  /** Ends what runs, and begins nothing until `resume`: the disk does not take what would come of it. */
  pause(error: FarhandError): void
  /** The disk takes something again. */
  resume(): void
  /** @throws FarhandError `RATE_LIMITED` */
  previewRewind(sessionId: string, to: string): Promise<AgentResult<'sessions.rewind_preview'>>
  /** Where a command in the background of a session writes to. */
  outputFile(sessionId: string, taskId: string): string | undefined
  /** A session is over for good: what runs there ends like that, and nothing more is begun. */
  end(sessionId: string, stop: Stop): Promise<void>
  close(): Promise<void>
}

export type SessionsParts = Omit<SessionParts, 'sessionId' | 'firstInputId'>

export function createSessions(parts: SessionsParts): Sessions {
  const sessions = new Map<string, Session>()
  let paused = false

  function sessionOf({ sessionId, inputId }: Pick<AgentCommand, 'sessionId' | 'inputId'>): Session {
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
    goOn(items, held = []) {
      for (const { item, request } of held) sessionOf(item.input).hold(item, request)
      act(items)
    },
    runs: () =>
      [...sessions].flatMap(([sessionId, { running }]) => {
        const commandId = running()
        return commandId === undefined ? [] : [{ sessionId, commandId }]
      }),
    pause({ code, message }) {
      paused = true
      for (const session of sessions.values()) session.pause({ code, message })
    },
    resume() {
      if (!paused) return
      paused = false
      for (const session of sessions.values()) session.resume()
    },
    previewRewind: (sessionId, to) => sessionOf({ sessionId, inputId: to }).previewRewind(to),
    outputFile: (sessionId, taskId) => sessions.get(sessionId)?.outputFile(taskId),
    async end(sessionId, why) {
      const session = sessions.get(sessionId)
      sessions.delete(sessionId)
      session?.pause(why)
      await session?.close()
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
