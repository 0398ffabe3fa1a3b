import { statSync } from 'node:fs'
import { FarhandError } from '@farhand/shared'
import type { Driver } from '../claude/driver.ts'
import type { JudgedCall } from '../claude/gate.ts'
import type { MalformedLine } from '../claude/lines.ts'
import { finishRun, type Ending } from '../claude/outcome.ts'
import type { ToolQuestion } from '../claude/permissions.ts'
import type { Exit, PressingSignal } from '../claude/process.ts'
import { failpoint } from '../failpoint.ts'
import type { PolicyCall, Verdict } from '../policy/decide.ts'
import type { StoredInput } from '../spool/inbox.ts'
import { describeAttached, promptContent } from '../attachments/promptContent.ts'
import { createConversation, type Conversation, type ConversationParts } from './conversation.ts'
import { holdRun, leaveHeld, takeUpCall } from './heldRun.ts'
import { importHistory } from './importHistory.ts'
import { createRequests, type Requests } from './requests.ts'
import {
  directoryOf,
  refusal,
  type HeldRequest,
  type Run,
  type RunnerParts,
  type RunnerState,
  type Stop,
} from './runState.ts'
import { account, budgetIsOver, goOnAfter, withinBudget } from './runBudget.ts'
import { createRunWatch, type RunWatch } from './runWatch.ts'

/** After an interrupt Claude Code has this long to stop by itself. */
const INTERRUPT_MS = 5_000
/** So many lines that are not its protocol, and it is not Claude Code that we talk to. */
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
  requests: Requests
  conversation: Conversation
  close(): Promise<void>
}

export function createRunner(parts: RunnerParts): Runner {
  const { voice } = parts
  const state: RunnerState = {
    ...parts,
    run: undefined,
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
      const run: Run = { item, startedAt: parts.clock.now(), begun: false }
      state.run = run
      state.malformedLines = 0
      voice.about(item.input.inputId)
      void begin(state, run)
    },
    hold: (item, request) => holdRun(state, item, request),
    takeUp: () =>
      void takeUpCall(state, { finish: (ending) => finish(state, ending), stop: (why) => stop(state, why) }),
    refuse: (item, why) => voice.conclude(item, finishRun(undefined, { type: 'stopped', ...why }, 0)),
    current: () => state.run?.item,
    stop: (why) => stop(state, why),
    requests: state.requests,
    conversation: state.conversation,
    close: () => close(state),
  }
}

// --- What the parts tell ---------------------------------------------------------------------------------------------

function requestsOf({ sessionId, spool, voice, grant }: RunnerParts, state: () => RunnerState): Requests {
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
    granted(question, decision, by) {
      const told = grant(sessionId, policyCall(state(), question), decision, by)
      if (told !== undefined) voice.notice('info', 'grant', told)
    },
  })
}

function watchOf({ limits }: RunnerParts, state: () => RunnerState): RunWatch {
  return createRunWatch(limits, performance, {
    waiting: () => state().requests.size() > 0,
    half: () => state().voice.notice('warning', 'idle', 'Claude Code has given no sign of life for some minutes.'),
    idle: () =>
      stop(state(), { code: 'TIMEOUT_IDLE', message: 'Claude Code gave no sign of life for too long and was ended.' }),
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
    turnOver: () => void turnOver(state(), { type: 'answered' }, state().conversation.driver()),
    judge: (call) => judge(state(), call),
    asked(question, signal) {
      askedAgain(state(), question)
      return state().requests.open(question, signal)
    },
    malformed: (line) => malformed(state(), line),
    pressed: (signal) => pressed(state(), signal),
    stumbled(error) {
      const { logger, sessionId } = state()
      logger.error({ err: error, sessionId }, 'a message of Claude Code could not be handled')
      stop(state(), { code: 'INTERNAL', message: 'Farhand stumbled over what Claude Code said.' })
    },
    exited: (exit, driver) => exited(state(), exit, driver),
  }
}

/** The policy first; then a call that a person is still asked about has to be asked about again. */
function judge(state: RunnerState, call: JudgedCall): Pick<Verdict, 'verb' | 'reason'> | undefined {
  const verdict = state.judge(state.sessionId, { ...policyCall(state, call), cwd: call.cwd })
  if (verdict?.verb === 'deny' || !state.requests.awaits(call.toolUseId)) return verdict
  return { verb: 'ask', reason: 'It was asked about before.' }
}

function policyCall({ run, rootOf }: RunnerState, { tool, input }: Pick<ToolQuestion, 'tool' | 'input'>): PolicyCall {
  const root = run?.root ?? (run === undefined ? undefined : rootOf(run.item.input.projectId)) ?? '/'
  return { tool, input, cwd: run?.directory ?? root, root }
}

/** What was held is taken up: from here on it is a run like any other. */
function askedAgain({ run, sharper }: RunnerState, { options }: ToolQuestion): void {
  if (run?.stop === undefined && run?.held?.call.toolUseId === options.toolUseID) clearTimeout(sharper)
}

// --- From begin to end -----------------------------------------------------------------------------------------------

/** Never rejects: what goes wrong is the end of the run. */
async function begin(state: RunnerState, run: Run): Promise<void> {
  const { item } = run
  try {
    await enter(state, run)
    if (run.directory === undefined) return
    const input = await importHistory(state, item.input, run.directory)
    const affordable = await withinBudget(state, input)
    const attached = await state.attachments.take(state.sessionId, input.options.attachments ?? [])
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
  run.root = place.root
}

/** @throws FarhandError where the command can't be begun */
function workingDirectory(state: RunnerState, { input, acceptedAt }: StoredInput): string {
  // Both differences are of one clock each, so that the relay's and ours need not agree.
  const expired = input.expiresAt !== undefined && state.clock.now() - acceptedAt > input.expiresAt - input.at
  if (expired) throw new FarhandError('EXPIRED')
  return directoryOf(state, input)
}

/** Never rejects. Where the budget ended the turn, a person is asked whether it is to go on. */
async function turnOver(state: RunnerState, ending: Ending, driver: Driver | undefined): Promise<void> {
  const { run } = state
  if (run === undefined || run.overrun === true) return
  account(state, run, driver)
  const over = budgetIsOver(state, run, driver)
  if (over === undefined) return finish(state, ending, driver)
  run.overrun = true
  try {
    await goOnAfter(state, run, over)
    run.overrun = false
  } catch (error) {
    if (state.run === run) finish(state, { type: 'refused', error: refusal(state, error) }, driver)
  }
}

function finish(state: RunnerState, ending: Ending, driver = state.conversation.driver()): void {
  const { run, conversation, clock, voice } = state
  if (run === undefined) return
  clearTimeout(state.sharper)
  state.watch.stop()
  state.requests.cancelAll()
  const end = endingOf(run, ending)
  const durationMs = Math.max(0, clock.now() - run.startedAt)
  account(state, run, driver, durationMs)
  voice.conclude(run.item, driver?.finish(end, durationMs) ?? finishRun(undefined, end, durationMs))
  const commandId = run.item.input.inputId
  state.logger.info({ sessionId: state.sessionId, commandId, ending: end.type, durationMs }, 'run finished')
  state.run = undefined
  conversation.rest()
  state.finished()
}

function endingOf({ stop: why, directory }: Run, ending: Ending): Ending {
  if (why !== undefined) return { type: 'stopped', ...why }
  return ending.type === 'exited' && isGone(directory) ? { type: 'stopped', ...DIRECTORY_GONE } : ending
}

function exited(state: RunnerState, exit: Exit, driver: Driver): void {
  const { run, sessionId, conversation } = state
  state.logger.info({ sessionId, exitCode: exit.exitCode, signal: exit.signal }, 'Claude Code ended')
  if (run === undefined) {
    state.requests.cancelAll()
  } else if (driver.state().conversationMissing && mayBeginAnew(run)) {
    const message = 'Claude Code no longer has this conversation: it begins anew, without what was said before.'
    state.voice.notice('warning', 'conversation_lost', message)
    conversation.forget()
    void begin(state, run)
  } else if (run.begun) {
    void turnOver(state, { type: 'exited', exit }, driver)
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
  state.requests.cancelAll()
  const driver = conversation.driver()
  if (driver === undefined && run.held !== undefined) return finish(state, { type: 'answered' })
  if (!run.begun || driver === undefined) return // `begin` sees it before it hands the prompt over
  driver.interrupt().catch((error: unknown) => {
    state.logger.debug({ err: error, sessionId }, 'an interrupt was not answered')
  })
  clearTimeout(state.sharper)
  state.sharper = setTimeout(() => void conversation.terminate(), INTERRUPT_MS)
}

/** Each step of ending a run that does not end is told; the first one, the interrupt, is told by what asked for it. */
function pressed({ run, voice }: RunnerState, signal: PressingSignal): void {
  if (run === undefined) return
  const message =
    signal === 'SIGTERM'
      ? 'Claude Code did not stop when it was interrupted; it and all that it started are asked to end (SIGTERM).'
      : 'Claude Code did not end either; it and all that it started are ended now (SIGKILL).'
  voice.notice('warning', 'stopping', message, { signal })
}

function malformed(state: RunnerState, { bytes, start }: MalformedLine): void {
  state.malformedLines += 1
  state.watch.sign()
  if (state.malformedLines > MAX_MALFORMED_LINES) return
  const message = 'Claude Code printed a line that is not its protocol.'
  state.voice.notice('warning', 'malformed', message, { bytes, raw: start })
  if (state.malformedLines === MAX_MALFORMED_LINES) {
    stop(state, { code: 'CLAUDE_PROTOCOL', message: 'Claude Code printed too much that is not its protocol.' })
  }
}

const DIRECTORY_GONE: Stop = { code: 'CWD_MISSING', message: 'The working directory was removed while the run worked.' }

function isGone(directory: string | undefined): boolean {
  return directory !== undefined && statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true
}

/** What Claude Code itself does not notice. */
function lookAround(state: RunnerState): void {
  const { run, conversation, limits } = state
  if (run === undefined || run.stop !== undefined) return
  if (isGone(run.directory)) return stop(state, DIRECTORY_GONE)
  if (conversation.driver()?.isCrowded(limits.maxProcesses) !== true) return
  stop(state, { code: 'CLAUDE_EXIT', message: `The run had more than ${limits.maxProcesses} processes and was ended.` })
  void conversation.terminate('kill')
}

const INTERRUPTED: Stop = { code: 'INTERRUPTED', message: 'The agent was stopped while the command ran.' }

async function close(state: RunnerState): Promise<void> {
  clearTimeout(state.sharper)
  state.watch.stop()
  if (await leaveHeld(state)) return
  // What was not begun stays in the inbox and runs after the next start.
  if (state.run?.begun === false) state.run = undefined
  if (state.run !== undefined) state.run.stop ??= INTERRUPTED
  state.requests.cancelAll()
  await state.conversation.close()
}
