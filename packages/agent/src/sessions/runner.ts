import { statSync } from 'node:fs'
import { FarhandError } from '@farhand/shared'
import { describeAttached, promptContent } from '../attachments/promptContent.ts'
import type { Driver } from '../driver/driver.ts'
import { conclude, concludeUnheard, type Ending } from '../driver/ending.ts'
import { failpoint } from '../failpoint.ts'
import type { MalformedLine } from '../process/lines.ts'
import type { Exit, PressingSignal } from '../process/process.ts'
import type { StoredInput } from '../spool/inbox.ts'
import { createConversation, type Conversation, type ConversationParts } from './conversation.ts'
import { holdRun, leaveHeld, takeUpCall } from './heldRun.ts'
import { importHistory } from './importHistory.ts'
import { coveredByGrant, judge, policyCall, takenUp, tellDecided } from './judging.ts'
import { createRequests, type Requests } from './requests.ts'
import { account, endTurn, withinBudget } from './runBudget.ts'
import {
  directoryOf,
  placeOf,
  refusal,
  type HeldRequest,
  type Run,
  type RunnerParts,
  type RunnerState,
  type Stop,
} from './runState.ts'
import { createRunWatch, type RunWatch } from './runWatch.ts'

/** After an interrupt a coding agent has this long to stop by itself. */
const INTERRUPT_MS = 5_000
/** So many lines that are not its protocol, and it is something else that we talk to. */
const MAX_MALFORMED_LINES = 100

export type { HeldRequest, RunnerParts, Stop }

/** Runs the commands of one session, one at a time, and says what comes of them. */
export type Runner = {
  /** Only when nothing runs. The end is told by a terminal response and by `finished`. */
  start(item: StoredInput): void
  /** A run of an earlier process of the agent, which waits for a person (REQ5). Only when nothing runs. */
  hold(item: StoredInput, request: HeldRequest): void
  /** What is held was decided: Claude Code is started anew, and goes on with the call that waited. */
  takeUp(): void
  /** Ends a command that was never begun. */
  refuse(item: StoredInput, stop: Stop): void
  current(): StoredInput | undefined
  /** Ends what runs: by an interrupt, and where that does not help by ending the process and all that it started. */
  stop(stop: Stop): void
  /** What was stopped is ended now, with all that it started. */
  force(): void
  requests: Requests
  conversation: Conversation
  close(): Promise<void>
}

export function createRunner(parts: RunnerParts): Runner {
  const { voice } = parts
  const state: RunnerState = {
    ...parts,
    run: undefined,
    place: undefined,
    sharper: undefined,
    malformedLines: 0,
    watch: watchOf(parts, () => state),
    requests: requestsOf(parts, () => state),
    conversation: createConversation({
      ...parts,
      records: parts.spool.sessions,
      facts: parts.spool.facts,
      events: eventsOf(() => state),
    }),
  }
  return {
    start(item) {
      const run: Run = { item, startedAt: parts.clock.now(), begun: false, stopping: new AbortController() }
      state.run = run
      state.malformedLines = 0
      voice.about(item.input.inputId)
      void begin(state, run)
    },
    hold: (item, request) => holdRun(state, item, request),
    takeUp: () =>
      void takeUpCall(state, { finish: (ending) => finish(state, ending), stop: (why) => stop(state, why) }),
    refuse: (item, why) => voice.conclude(item, concludeUnheard({ type: 'stopped', ...why })),
    current: () => state.run?.item,
    stop: (why) => stop(state, why),
    force: () => force(state),
    requests: state.requests,
    conversation: state.conversation,
    close: () => close(state),
  }
}

// --- What the parts tell ---------------------------------------------------------------------------------------------

function requestsOf(
  { sessionId, spool, voice, grant, judge: policy }: RunnerParts,
  state: () => RunnerState,
): Requests {
  return createRequests({
    opened: (requestId, call) =>
      spool.requests.add({
        requestId,
        sessionId,
        commandId: voice.commandId(),
        ...(call === undefined ? {} : { call }),
      }),
    resolved: (requestId) => spool.requests.remove(requestId),
    said: (response) => voice.push([response]),
    forbidden(question) {
      const verdict = policy(sessionId, policyCall(state(), question))
      return verdict?.verb === 'deny' ? verdict.reason : undefined
    },
    granted(question, decision, by) {
      const told = grant(sessionId, policyCall(state(), question), decision, by)
      if (told !== undefined) voice.notice('info', 'grant', told.message, told.grant)
      return told?.grant
    },
    covered: (question) => coveredByGrant(state(), question),
  })
}

function watchOf({ limits, coder: { name } }: RunnerParts, state: () => RunnerState): RunWatch {
  return createRunWatch(limits, performance, {
    waiting: () => state().requests.size() > 0,
    half: () => state().voice.notice('warning', 'idle', `${name()} has given no sign of life for some minutes.`),
    idle: () =>
      stop(state(), { code: 'TIMEOUT_IDLE', message: `${name()} gave no sign of life for too long and was ended.` }),
    total: () => stop(state(), { code: 'TIMEOUT_TOTAL', message: 'The run took longer than its limit and was ended.' }),
    looked: () => lookAround(state()),
  })
}

function eventsOf(state: () => RunnerState): ConversationParts['events'] {
  return {
    said(responses) {
      state().watch.sign()
      state().voice.push(responses)
    },
    alive: () => state().watch.sign(),
    heard: (message) => state().heard(message),
    turnOver: () => turnOver(state(), { type: 'answered' }, state().conversation.driver()),
    judge: (call) => judge(state(), call),
    decided: (toolUseId, judgement) => tellDecided(state(), toolUseId, judgement),
    asked(question, signal) {
      takenUp(state(), question.options.toolUseID)
      return state().requests.open(question, signal)
    },
    malformed: (line) => malformed(state(), line),
    pressed: (signal) => pressed(state(), signal),
    stumbled(error) {
      const { logger, sessionId, coder } = state()
      logger.error({ err: error, sessionId }, 'a message of the coding agent could not be handled')
      stop(state(), { code: 'INTERNAL', message: `Farhand stumbled over what ${coder.name()} said.` })
    },
    exited: (exit, driver) => exited(state(), exit, driver),
  }
}

// --- From begin to end -----------------------------------------------------------------------------------------------

/** Never rejects: what goes wrong is the end of the run. */
async function begin(state: RunnerState, run: Run): Promise<void> {
  const { item } = run
  try {
    await enter(state, run)
    if (run.directory === undefined) return
    const input = await importHistory(state, item.input, run.directory)
    if (state.run !== run) return
    const affordable = await withinBudget(state, input)
    const attached = await state.attachments.take(state.sessionId, input.options.attachments ?? [], run.stopping.signal)
    const driver = await state.conversation.ready(affordable, run.directory)
    if (state.run !== run) return
    if (run.stop !== undefined) return finish(state, { type: 'answered' })
    if (attached.length > 0) {
      const { message, files } = describeAttached(attached)
      state.voice.notice('info', 'attachments', message, { files })
    }
    failpoint('agent.run.beforeStart')
    state.spool.inbox.start(item.input.inputId)
    failpoint('agent.run.afterStart')
    run.begun = true
    state.watch.start()
    driver.prompt({ id: item.input.inputId, content: promptContent(item.input.command, attached) })
    failpoint('agent.run.afterPrompt')
  } catch (error) {
    if (state.run === run) finish(state, { type: 'refused', error: refusal(state, error) })
  }
}

async function enter(state: RunnerState, run: Run): Promise<void> {
  const { input } = run.item
  const directory = workingDirectory(state, run.item)
  const place = await state.worktrees.enter(input, state.rootOf(input.projectId) ?? directory, directory)
  run.directory = place.directory
  state.place = placeOf(state, input, place)
  state.spool.facts.set(state.sessionId, { projectId: input.projectId })
}

/** @throws FarhandError where the command can't be begun */
function workingDirectory(state: RunnerState, { input, acceptedAt }: StoredInput): string {
  // Both differences are of one clock each, so that the relay's and ours need not agree.
  const expired = input.expiresAt !== undefined && state.clock.now() - acceptedAt > input.expiresAt - input.at
  if (expired) throw new FarhandError('EXPIRED')
  return directoryOf(state, input)
}

function turnOver(state: RunnerState, ending: Ending, driver: Driver | undefined): void {
  void endTurn(state, { ending, driver }, (how) => finish(state, how, driver))
}

function finish(state: RunnerState, ending: Ending, driver = state.conversation.driver()): void {
  const { run, conversation, clock, voice, coder } = state
  if (run === undefined) return
  clearTimeout(state.sharper)
  state.watch.stop()
  state.requests.cancelAll()
  const end = endingOf(run, ending)
  const durationMs = Math.max(0, clock.now() - run.startedAt)
  // While somebody was asked, nothing was used.
  account(state, run, driver, { ms: run.begun ? state.watch.workedMs() : 0 })
  state.accounts.giveBack(state.sessionId)
  if (driver?.state().modelRefused === true) leaveModel(state)
  voice.conclude(run.item, driver?.finish(end, durationMs) ?? conclude(undefined, end, durationMs, coder))
  const commandId = run.item.input.inputId
  state.logger.info({ sessionId: state.sessionId, commandId, ending: end.type, durationMs }, 'run finished')
  state.run = undefined
  conversation.rest()
  state.finished()
}

/** The session stays usable, and everybody sees what it works with from here on. */
function leaveModel({ conversation, voice }: RunnerState): void {
  const left = conversation.dropModel()
  if (left === undefined) return
  const message = `There is no model ${left.refused} here; the session goes on with ${left.now === 'default' ? 'the default model' : left.now}.`
  voice.notice('warning', 'setting', message, { model: left.now })
}

function endingOf({ stop: why, directory }: Run, ending: Ending): Ending {
  if (why !== undefined) return { type: 'stopped', ...why }
  return ending.type === 'exited' && isGone(directory) ? { type: 'stopped', ...DIRECTORY_GONE } : ending
}

function exited(state: RunnerState, exit: Exit, driver: Driver): void {
  const { run, sessionId, conversation, coder } = state
  state.logger.info({ sessionId, exitCode: exit.exitCode, signal: exit.signal }, 'the coding agent ended')
  if (run === undefined) {
    state.requests.cancelAll()
  } else if (driver.state().conversationMissing && mayBeginAnew(run)) {
    const message = `${coder.name()} no longer has this conversation: it begins anew, without what was said before.`
    state.voice.notice('warning', 'conversation_lost', message)
    conversation.forget()
    void begin(state, run)
  } else if (run.begun) {
    turnOver(state, { type: 'exited', exit }, driver)
  }
}

/** Its prompt was never heard, so beginning anew is no repeat. */
function mayBeginAnew({ stop: why, held, item }: Run): boolean {
  return why === undefined && held === undefined && item.input.options.resume === undefined
}

// --- Ending a run before its end -------------------------------------------------------------------------------------

function stop(state: RunnerState, why: Stop): void {
  const { run, sessionId, conversation } = state
  if (run === undefined || run.stop !== undefined) return
  run.stop = why
  run.stopping.abort()
  state.requests.cancelAll()
  const driver = conversation.driver()
  if (run.held !== undefined && run.directory === undefined) return finish(state, { type: 'answered' })
  // What is on its way to a process sees it when it has one, and may wait for one that hangs.
  if (run.begun)
    driver?.interrupt().catch((error: unknown) => {
      state.logger.debug({ err: error, sessionId }, 'an interrupt was not answered')
    })
  clearTimeout(state.sharper)
  state.sharper = setTimeout(() => void conversation.terminate(), INTERRUPT_MS)
}

function force(state: RunnerState): void {
  if (state.run?.stop === undefined) return
  clearTimeout(state.sharper)
  void state.conversation.terminate('kill')
}

/** Each step of ending a run that does not end is told; the first one, the interrupt, is told by what asked for it. */
function pressed({ run, voice, coder: { name } }: RunnerState, signal: PressingSignal): void {
  if (run === undefined) return
  const message =
    signal === 'SIGTERM'
      ? `${name()} did not stop when it was interrupted; it and all that it started are asked to end (SIGTERM).`
      : `${name()} did not end either; it and all that it started are ended now (SIGKILL).`
  voice.notice('warning', 'stopping', message, { signal })
}

function malformed(state: RunnerState, { bytes, start }: MalformedLine): void {
  const { name, codes } = state.coder
  state.malformedLines += 1
  state.watch.sign()
  if (state.malformedLines > MAX_MALFORMED_LINES) return
  const message = `${name()} printed a line that is not its protocol.`
  state.voice.notice('warning', 'malformed', message, { bytes, raw: start })
  if (state.malformedLines === MAX_MALFORMED_LINES) {
    stop(state, { code: codes.protocol, message: `${name()} printed too much that is not its protocol.` })
  }
}

const DIRECTORY_GONE: Stop = { code: 'CWD_MISSING', message: 'The working directory was removed while the run worked.' }

function isGone(directory: string | undefined): boolean {
  try {
    return directory !== undefined && !statSync(directory).isDirectory()
  } catch {
    return true // also one that can't be looked at: its parents were closed, or its disk went away
  }
}

/** What a coding agent itself does not notice. */
function lookAround(state: RunnerState): void {
  const { run, conversation, limits } = state
  if (run === undefined || run.stop !== undefined) return
  if (isGone(run.directory)) return stop(state, DIRECTORY_GONE)
  if (conversation.driver()?.isCrowded(limits.maxProcesses) !== true) return
  stop(state, {
    code: state.coder.codes.exit,
    message: `The run had more than ${limits.maxProcesses} processes and was ended.`,
  })
  void conversation.terminate('kill')
}

const INTERRUPTED: Stop = { code: 'INTERRUPTED', message: 'The agent was stopped while the command ran.' }

async function close(state: RunnerState): Promise<void> {
  clearTimeout(state.sharper)
  state.watch.stop()
  if (await leaveHeld(state)) return
  // What was not begun stays in the inbox and runs after the next start.
  if (state.run?.begun === false) {
    state.run.stopping.abort()
    state.run = undefined
    state.accounts.giveBack(state.sessionId)
  }
  if (state.run !== undefined) state.run.stop ??= INTERRUPTED
  state.requests.cancelAll()
  await state.conversation.close()
}
