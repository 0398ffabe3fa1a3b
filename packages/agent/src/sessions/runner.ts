import { FarhandError, type ErrorCode, type NoticeBody } from '@farhand/shared'
import type { Logger } from 'pino'
import type { Driver } from '../claude/driver.ts'
import type { MalformedLine } from '../claude/lines.ts'
import { finishRun, type Ending } from '../claude/outcome.ts'
import type { Exit } from '../claude/process.ts'
import { say } from '../claude/responses.ts'
import { resolveWorkingDirectory } from '../projects/directories.ts'
import type { StoredInput } from '../spool/inbox.ts'
import type { NewResponse } from '../spool/outbox.ts'
import type { Spool } from '../spool/spool.ts'
import { createCoalescer } from './coalesce.ts'
import { createConversation, type Conversation, type ConversationParts } from './conversation.ts'
import { createIdleWatch } from './idleWatch.ts'
import { createRequests, type Requests } from './requests.ts'

/** After an interrupt Claude Code has this long to stop by itself. */
const INTERRUPT_MS = 5_000
/** A run without a sign of life is ended after this long; half of it is told. */
export const IDLE_MS = 10 * 60 * 1000
/** So many lines that are not its protocol, and it is not Claude Code that we talk to. */
const MAX_MALFORMED_LINES = 100

/** Runs the commands of one session, one at a time, and says what comes of them. */
export type Runner = {
  /** Only when nothing runs. The end is told by a terminal response and by `finished`. */
  start(item: StoredInput): void
  /** Ends a command that was never begun. */
  refuse(item: StoredInput, stop: Stop): void
  current(): StoredInput | undefined
  /** Ends what runs: by an interrupt, and where that does not help by ending the process and all that it started. */
  stop(stop: Stop): void
  notice(level: NoticeBody['level'], type: string, message: string, more?: object): void
  requests: Requests
  conversation: Conversation
  close(): Promise<void>
}

export type Stop = { code: ErrorCode; message: string }

export type RunnerParts = Pick<ConversationParts, 'claude' | 'newMarker' | 'retireMs'> & {
  sessionId: string
  /** The input that the session was opened with: what is said before the first command belongs to it. */
  firstInputId: string
  spool: Spool
  clock: { now(): number }
  logger: Logger
  idleMs: number
  /** The real path of a project that is served. */
  rootOf(projectId: string): string | undefined
  /** Nothing runs any more. */
  finished(): void
}

/** `begun`: the prompt was handed over. `stop`: why it is to end before its end. */
type Run = { item: StoredInput; startedAt: number; begun: boolean; stop?: Stop }

export function createRunner(parts: RunnerParts): Runner {
  const { sessionId, spool, clock, logger } = parts
  let run: Run | undefined
  /** Whom the responses between two runs belong to: Claude may go on by itself. */
  let latest = parts.firstInputId
  let sharper: NodeJS.Timeout | undefined
  let malformedLines = 0

  const coalescer = createCoalescer(clock, (responses) => append(latest, responses))
  const watch = createIdleWatch(parts.idleMs, clock, {
    half: () => {
      if (requests.size() === 0) notice('warning', 'idle', 'Claude Code has given no sign of life for some minutes.')
    },
    idle: () => {
      // A person may take as long as it takes.
      if (requests.size() > 0) watch.start()
      else stop({ code: 'TIMEOUT_IDLE', message: 'Claude Code gave no sign of life for too long and was ended.' })
    },
  })
  const requests = createRequests({
    opened: (requestId) => spool.requests.add({ requestId, sessionId, commandId: latest }),
    resolved: (requestId) => spool.requests.remove(requestId),
    said: (response) => hear([response]),
  })
  const conversation = createConversation({
    ...parts,
    records: spool.sessions,
    events: {
      said: hear,
      alive: () => watch.sign(),
      turnOver: () => finish({ type: 'answered' }, conversation.driver()),
      asked: (question, signal) => requests.open(question, signal),
      malformed,
      exited,
    },
  })

  function append(commandId: string, responses: readonly NewResponse[]): void {
    spool.outbox.append(sessionId, commandId, clock.now(), responses)
  }

  function hear(responses: readonly NewResponse[]): void {
    watch.sign()
    coalescer.push(responses)
  }

  function notice(level: NoticeBody['level'], type: string, message: string, more: object = {}): void {
    coalescer.push([say('notice', { level, type, message, ...more })])
  }

  /** The terminal response and the input's end are one commit: after a crash both are there, or none. */
  function conclude({ input }: StoredInput, response: NewResponse): void {
    coalescer.flush()
    append(input.inputId, [response])
    spool.inbox.finish(input.inputId)
  }

  /** Never rejects: what goes wrong is the end of the run. */
  async function begin(started: Run): Promise<void> {
    const { item } = started
    try {
      const driver = await conversation.ready(item.input, workingDirectory(item, parts, clock.now()))
      if (run !== started) return
      if (started.stop !== undefined) return finish({ type: 'answered' }, driver)
      if ((item.input.options.attachments?.length ?? 0) > 0) {
        notice('warning', 'attachments', 'Attachments are not handed on; name files of the project instead.')
      }
      spool.inbox.start(item.input.inputId)
      started.begun = true
      watch.start()
      driver.prompt(item.input.command)
    } catch (error) {
      if (!(error instanceof FarhandError)) logger.error({ err: error, sessionId }, 'a run could not be started')
      if (run === started) finish({ type: 'refused', error: coded(error) }, conversation.driver())
    }
  }

  function finish(ending: Ending, driver: Driver | undefined): void {
    if (run === undefined) return
    const { item, startedAt, stop: stopped } = run
    clearTimeout(sharper)
    watch.stop()
    requests.cancelAll()
    const end: Ending = stopped === undefined ? ending : { type: 'stopped', ...stopped }
    const durationMs = Math.max(0, clock.now() - startedAt)
    conclude(item, driver?.finish(end, durationMs) ?? finishRun(undefined, end, durationMs))
    logger.info({ sessionId, commandId: item.input.inputId, ending: end.type, durationMs }, 'run finished')
    run = undefined
    conversation.rest()
    parts.finished()
  }

  function exited(exit: Exit, driver: Driver): void {
    logger.info({ sessionId, exitCode: exit.exitCode, signal: exit.signal }, 'Claude Code ended')
    if (run === undefined) {
      requests.cancelAll()
    } else if (driver.state().conversationMissing && run.stop === undefined && run.item.input.options.resume === undefined) {
      notice('warning', 'conversation_lost', 'Claude Code no longer has this conversation: it begins anew, without what was said before.')
      conversation.forget()
      void begin(run)
    } else if (run.begun) {
      finish({ type: 'exited', exit }, driver)
    }
  }

  function malformed({ bytes, start }: MalformedLine): void {
    malformedLines += 1
    watch.sign()
    if (malformedLines > MAX_MALFORMED_LINES) return
    notice('warning', 'malformed', 'Claude Code printed a line that is not its protocol.', { bytes, raw: start })
    if (malformedLines === MAX_MALFORMED_LINES) {
      stop({ code: 'CLAUDE_PROTOCOL', message: 'Claude Code printed too much that is not its protocol.' })
    }
  }

  function stop(why: Stop): void {
    if (run === undefined || run.stop !== undefined) return
    run.stop = why
    requests.cancelAll()
    const driver = conversation.driver()
    if (!run.begun || driver === undefined) return // `begin` sees it before it hands the prompt over
    driver.interrupt().catch((error: unknown) => logger.debug({ err: error, sessionId }, 'interrupt was not answered'))
    sharper = setTimeout(() => void conversation.terminate(), INTERRUPT_MS)
  }

  return {
    start(item) {
      run = { item, startedAt: clock.now(), begun: false }
      latest = item.input.inputId
      malformedLines = 0
      void begin(run)
    },
    refuse(item, why) {
      conclude(item, finishRun(undefined, { type: 'stopped', ...why }, 0))
    },
    current: () => run?.item,
    stop,
    notice,
    requests,
    conversation,
    async close() {
      if (run !== undefined && !run.begun) run = undefined // it stays in the inbox and runs after the next start
      if (run !== undefined) run.stop ??= INTERRUPTED
      requests.cancelAll()
      await conversation.close()
      coalescer.flush()
      coalescer.close()
      watch.stop()
      clearTimeout(sharper)
    },
  }
}

const INTERRUPTED: Stop = { code: 'INTERRUPTED', message: 'The agent was stopped while the command ran.' }

/** @throws FarhandError where the command can't be begun */
function workingDirectory({ input, acceptedAt }: StoredInput, parts: RunnerParts, now: number): string {
  // Both differences are of one clock each, so that the relay's and ours need not agree.
  if (input.expiresAt !== undefined && now - acceptedAt > input.expiresAt - input.at) throw new FarhandError('EXPIRED')
  const root = parts.rootOf(input.projectId)
  if (root === undefined) throw new FarhandError('NOT_FOUND', 'This agent does not serve that project any more.')
  return resolveWorkingDirectory(root, input.workingDirectory)
}

function coded(error: unknown): FarhandError {
  return error instanceof FarhandError ? error : new FarhandError('INTERNAL', undefined, { cause: error })
}
