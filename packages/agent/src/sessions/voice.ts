import type { NoticeBody } from '@farhand/shared'
import { say } from '../driver/responses.ts'
import { failpoint } from '../failpoint.ts'
import type { StoredInput } from '../spool/inbox.ts'
import type { NewResponse } from '../spool/outbox.ts'
import type { Spool } from '../spool/spool.ts'
import { createCoalescer } from './coalesce.ts'

/** What a session says, on its way into the outbox. */
export type Voice = {
  push(responses: readonly NewResponse[]): void
  notice(level: NoticeBody['level'], type: string, message: string, more?: object): void
  /** The command that what follows belongs to, until the next one: Claude may go on by itself after its end. */
  about(commandId: string): void
  commandId(): string
  /** The terminal response and the input's end are one commit: after a crash both are there, or none. */
  conclude(item: StoredInput, response: NewResponse): void
  close(): void
}

/** @param firstInputId the input that the session was opened with: what is said before the first command belongs to it */
export function createVoice({
  sessionId,
  firstInputId,
  spool,
  clock,
}: {
  sessionId: string
  firstInputId: string
  spool: Spool
  clock: { now(): number }
}): Voice {
  let commandId = firstInputId
  const coalescer = createCoalescer(clock, (responses) => append(commandId, responses))

  function append(to: string, responses: readonly NewResponse[]): void {
    spool.outbox.append(sessionId, to, clock.now(), responses)
  }

  return {
    push: coalescer.push,
    notice: (level, type, message, more = {}) => coalescer.push([say('notice', { level, type, message, ...more })]),
    about(next) {
      coalescer.flush()
      commandId = next
    },
    commandId: () => commandId,
    conclude({ input }, response) {
      coalescer.flush()
      failpoint('agent.run.beforeConclude')
      append(input.inputId, [response])
      spool.inbox.finish(input.inputId)
      failpoint('agent.run.afterConclude')
    },
    close() {
      coalescer.flush()
      coalescer.close()
    },
  }
}
