import { FarhandError, type ErrorCode } from '@farhand/shared'
import type { Logger } from 'pino'
import type { Driver, DriverEvents } from '../claude/driver.ts'
import type { MalformedLine } from '../claude/lines.ts'
import { finishRun, type Ending } from '../claude/outcome.ts'
import type { Exit } from '../claude/process.ts'
import { failpoint } from '../failpoint.ts'
import { resolveWorkingDirectory } from '../projects/directories.ts'
import type { StoredInput } from '../spool/inbox.ts'
import type { Spool } from '../spool/spool.ts'
import { createConversation, type Conversation, type ConversationParts } from './conversation.ts'
import { createIdleWatch, type IdleWatch } from './idleWatch.ts'
import { createRequests, type Requests } from './requests.ts'
import type { Voice } from './voice.ts'

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
  requests: Requests
  conversation: Conversation
  close(): Promise<void>
}

export type Stop = { code: ErrorCode; message: string }

export type RunnerParts = Pick<ConversationParts, 'claude' | 'newMarker' | 'retireMs'> & {
  sessionId: string
  spool: Spool
  voice: Voice
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

type State = RunnerParts & {
  run: Run | undefined
  watch: IdleWatch
  requests: Requests
  conversation: Conversation
  /** What follows when an interrupt does not help. */
  sharper: NodeJS.Timeout | undefined
  malformedLines: number
}

export function createRunner(parts: RunnerParts): Runner {
  const { sessionId, spool, voice } = parts
  const state: State = {
    ...parts,
    run: undefined,
    sharper: undefined,
    malformedLines: 0,
    watch: createIdleWatch(parts.idleMs, parts.clock, { half: () => tellIdle(state), idle: () => endIdle(state) }),
    requests: createRequests({
      opened: (requestId) => spool.requests.add({ requestId, sessionId, commandId: voice.commandId() }),
      resolved: (requestId) => spool.requests.remove(requestId),
      said: (response) => voice.push([response]),
    }),
    conversation: createConversation({ ...parts, records: spool.sessions, events: eventsOf(() => state) }),
  }
  return {
    start(item) {
      const run: Run = { item, startedAt: parts.clock.now(), begun: false }
      state.run = run
      state.malformedLines = 0
      voice.about(item.input.inputId)
      void begin(state, run)
    },
    refuse: (item, why) => voice.conclude(item, finishRun(undefined, { type: 'stopped', ...why }, 0)),
    current: () => state.run?.item,
    stop: (why) => stop(state, why),
    requests: state.requests,
    conversation: state.conversation,
    close: () => close(state),
  }
}

function eventsOf(state: () => State): ConversationParts['events'] {
  return {
    said(responses: Parameters<DriverEvents['said']>[0]) {
      state().watch.sign()
      state().voice.push(responses)
    },
    alive: () => state().watch.sign(),
    turnOver: () => finish(state(), { type: 'answered' }, state().conversation.driver()),
    asked: (question, signal) => state().requests.open(question, signal),
    malformed: (line) => malformed(state(), line),
    stumbled(error) {
      state().logger.error(
        { err: error, sessionId: state().sessionId },
        'a message of Claude Code could not be handled',
      )
      stop(state(), { code: 'INTERNAL', message: 'Farhand stumbled over what Claude Code said.' })
    },
    exited: (exit, driver) => exited(state(), exit, driver),
  }
}

/** Never rejects: what goes wrong is the end of the run. */
async function begin(state: State, run: Run): Promise<void> {
  const { item } = run
  try {
    const directory = workingDirectory(state, item)
    const driver = await state.conversation.ready(item.input, directory)
    if (state.run !== run) return
    if (run.stop !== undefined) return finish(state, { type: 'answered' }, driver)
    if ((item.input.options.attachments?.length ?? 0) > 0) {
      state.voice.notice('warning', 'attachments', 'Attachments are not handed on; name files of the project instead.')
    }
    failpoint('agent.run.beforeStart')
    state.spool.inbox.start(item.input.inputId)
    failpoint('agent.run.afterStart')
    run.begun = true
    state.watch.start()
    driver.prompt(item.input.command)
    failpoint('agent.run.afterPrompt')
  } catch (error) {
    const known = error instanceof FarhandError
    if (!known) state.logger.error({ err: error, sessionId: state.sessionId }, 'a run could not be started')
    const refusal = known ? error : new FarhandError('INTERNAL', undefined, { cause: error })
    if (state.run === run) finish(state, { type: 'refused', error: refusal }, state.conversation.driver())
  }
}

/** @throws FarhandError where the command can't be begun */
function workingDirectory({ rootOf, clock }: State, { input, acceptedAt }: StoredInput): string {
  // Both differences are of one clock each, so that the relay's and ours need not agree.
  const expired = input.expiresAt !== undefined && clock.now() - acceptedAt > input.expiresAt - input.at
  if (expired) throw new FarhandError('EXPIRED')
  const root = rootOf(input.projectId)
  if (root === undefined) throw new FarhandError('NOT_FOUND', 'This agent does not serve that project any more.')
  return resolveWorkingDirectory(root, input.workingDirectory)
}

function finish(state: State, ending: Ending, driver: Driver | undefined): void {
  const { run } = state
  if (run === undefined) return
  clearTimeout(state.sharper)
  state.watch.stop()
  state.requests.cancelAll()
  const end: Ending = run.stop === undefined ? ending : { type: 'stopped', ...run.stop }
  const durationMs = Math.max(0, state.clock.now() - run.startedAt)
  state.voice.conclude(run.item, driver?.finish(end, durationMs) ?? finishRun(undefined, end, durationMs))
  const commandId = run.item.input.inputId
  state.logger.info({ sessionId: state.sessionId, commandId, ending: end.type, durationMs }, 'run finished')
  state.run = undefined
  state.conversation.rest()
  state.finished()
}

function exited(state: State, exit: Exit, driver: Driver): void {
  const { run, sessionId } = state
  state.logger.info({ sessionId, exitCode: exit.exitCode, signal: exit.signal }, 'Claude Code ended')
  if (run === undefined) {
    state.requests.cancelAll()
  } else if (
    driver.state().conversationMissing &&
    run.stop === undefined &&
    run.item.input.options.resume === undefined
  ) {
    const message = 'Claude Code no longer has this conversation: it begins anew, without what was said before.'
    state.voice.notice('warning', 'conversation_lost', message)
    state.conversation.forget()
    void begin(state, run)
  } else if (run.begun) {
    finish(state, { type: 'exited', exit }, driver)
  }
}

function malformed(state: State, { bytes, start }: MalformedLine): void {
  state.malformedLines += 1
  state.watch.sign()
  if (state.malformedLines > MAX_MALFORMED_LINES) return
  const message = 'Claude Code printed a line that is not its protocol.'
  state.voice.notice('warning', 'malformed', message, { bytes, raw: start })
  if (state.malformedLines === MAX_MALFORMED_LINES) {
    stop(state, { code: 'CLAUDE_PROTOCOL', message: 'Claude Code printed too much that is not its protocol.' })
  }
}

function stop(state: State, why: Stop): void {
  const { run, sessionId, conversation } = state
  if (run === undefined || run.stop !== undefined) return
  run.stop = why
  state.requests.cancelAll()
  const driver = conversation.driver()
  if (!run.begun || driver === undefined) return // `begin` sees it before it hands the prompt over
  driver.interrupt().catch((error: unknown) => {
    state.logger.debug({ err: error, sessionId }, 'an interrupt was not answered')
  })
  state.sharper = setTimeout(() => void conversation.terminate(), INTERRUPT_MS)
}

function tellIdle({ requests, voice }: State): void {
  if (requests.size() > 0) return
  voice.notice('warning', 'idle', 'Claude Code has given no sign of life for some minutes.')
}

function endIdle(state: State): void {
  // A person may take as long as it takes (REQ4).
  if (state.requests.size() > 0) state.watch.start()
  else stop(state, { code: 'TIMEOUT_IDLE', message: 'Claude Code gave no sign of life for too long and was ended.' })
}

const INTERRUPTED: Stop = { code: 'INTERRUPTED', message: 'The agent was stopped while the command ran.' }

async function close(state: State): Promise<void> {
  // What was not begun stays in the inbox and runs after the next start.
  if (state.run?.begun === false) state.run = undefined
  if (state.run !== undefined) state.run.stop ??= INTERRUPTED
  state.requests.cancelAll()
  await state.conversation.close()
  state.watch.stop()
  clearTimeout(state.sharper)
}
