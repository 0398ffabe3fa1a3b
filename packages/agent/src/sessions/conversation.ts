import { statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { FarhandError, type AgentCommand, type ClaudeCodeOptions, type Task } from '@farhand/shared'
import type { Attachments } from '../attachments/attachments.ts'
import { SilenceError, answered } from '../driver/answered.ts'
import type { Coder, Driver, DriverEvents, Launch, Program } from '../driver/driver.ts'
import { say } from '../driver/responses.ts'
import { openLifeline, type Lifeline } from '../process/lifeline.ts'
import type { EndHow, Exit, Patience } from '../process/process.ts'
import type { NewResponse } from '../spool/outbox.ts'
import type { SessionFactsStore } from '../spool/sessionFacts.ts'
import type { SessionRecord, SessionRecords } from '../spool/sessionRecords.ts'
import { changed, isBypass, pickSettings, type Settings } from './settings.ts'

/** A process that nobody needs is ended after this long; the conversation goes on from what the coding agent has kept. */
export const RETIRE_MS = 10 * 60 * 1000
/** A process that does not say within this time whether it takes a setting hangs. */
const ANSWER_MS = 10_000
/** How long a shutdown waits for a run to be interrupted before it ends the process. */
const INTERRUPT_AT_CLOSE_MS = 1_000
const PATIENCE_AT_CLOSE: Patience = { askMs: 1_000, terminateMs: 2_500 }

/** The process of one session: started when needed, kept for the next command, ended when idle. */
export type Conversation = {
  /**
   * A process for this command, with its directory, options and settings. `take_up`: one that goes on with the call
   * that is written down as deferred; every other leaves such a call alone, whoever deferred it.
   * @throws FarhandError where the coding agent can't be found, or does not take a setting
   */
  ready(input: AgentCommand, cwd: string, how?: 'prompt' | 'take_up'): Promise<Driver>
  driver(): Driver | undefined
  /** A process of the conversation that nothing is said to. Only while no command runs. */
  idle(cwd: string): Promise<Driver>
  /** Ends the process, and lets it write down what it has to. The next one is started when it is needed. */
  end(): Promise<void>
  /**
   * Ends the process and all that it started, without asking first. `kill`: at once, so that it does not write
   * down what it makes of it.
   */
  terminate(how?: 'terminate' | 'kill'): Promise<void>
  /**
   * For this and later processes. `later`: the running process can't change over, or does not answer.
   * @throws FarhandError `BAD_REQUEST` where the coding agent refuses; then nothing is remembered
   */
  change(settings: Settings): Promise<'now' | 'later'>
  /** After a run: keeps what the next process has to know, and lets the process retire. */
  rest(): void
  /**
   * There is no such model as the one that is set: what follows goes on with the one that answered last, else with the default.
   * @returns both, for people; `undefined`: none was set, so there is none to go back to
   */
  dropModel(): { refused: string; now: string } | undefined
  /** The coding agent has lost the conversation: the next process begins a new one. */
  forget(): void
  close(): Promise<void>
}

export type ConversationParts = {
  sessionId: string
  /** What answers here. */
  coder: Coder
  newMarker(): string
  retireMs: number
  /** Somebody at the machine has agreed that tools may be used without asking. */
  allowBypass: boolean
  records: SessionRecords
  facts: SessionFactsStore
  attachments: Pick<Attachments, 'directories'>
  /** `exited` comes with the driver that it was: it is not the conversation's any more. */
  events: Omit<DriverEvents, 'exited'> & { exited(exit: Exit, driver: Driver): void }
}

/** `ending`: no more prompts for this one. */
type Running = { driver: Driver; profile: string; applied: Settings; ending: boolean }

type State = ConversationParts & {
  running: Running | undefined
  /** Ends when nothing works on the process or its settings. */
  turn: Promise<unknown>
  retiring: NodeJS.Timeout | undefined
  tasks: readonly Task[]
  /** What was set when it last answered, and how it called the model then. */
  answered: { set: string | undefined; called: string | undefined }
  closed: boolean
}

export function createConversation(parts: ConversationParts): Conversation {
  const { sessionId, records } = parts
  const state: State = {
    ...parts,
    running: undefined,
    turn: Promise.resolve(),
    retiring: undefined,
    tasks: [],
    answered: { set: undefined, called: undefined },
    closed: false,
  }
  return {
    ready: (input, cwd, how = 'prompt') => inTurn(state, () => ready(state, input, cwd, how)),
    driver: () => state.running?.driver,
    idle: (cwd) => inTurn(state, () => idle(state, cwd)),
    end: () => end(state, 'ask'),
    terminate: (how = 'terminate') => end(state, how),
    change: (wanted) => inTurn(state, () => change(state, wanted)),
    rest() {
      if (state.running !== undefined) rest(state, state.running)
      retireLater(state)
    },
    dropModel: () => dropModel(state),
    forget: () => records.forgetConversation(sessionId),
    close: () => close(state),
  }
}

/** One after the other: two at once would each undo what the other one has set. */
async function inTurn<T>(state: State, act: () => Promise<T>): Promise<T> {
  const done = state.turn.then(act)
  state.turn = done.catch(() => {})
  return done
}

async function change(state: State, wanted: Settings): Promise<'now' | 'later'> {
  const settings = { ...state.records.get(state.sessionId).settings, ...wanted }
  requireAllowed(state, settings)
  const { running } = state
  const canChange = running === undefined || isBypass(settings) === isBypass(running.applied)
  const isNow = canChange && (running === undefined || (await takes(state, running, settings)))
  keepSettings(state, settings)
  return isNow ? 'now' : 'later'
}

/** @throws FarhandError `FORBIDDEN` */
function requireAllowed({ allowBypass }: State, settings: Settings): void {
  if (!isBypass(settings) || allowBypass) return
  throw new FarhandError(
    'FORBIDDEN',
    'This agent was not started with --allow-bypass, so nobody can choose bypassPermissions from afar. Choose another permission mode.',
  )
}

type How = 'prompt' | 'take_up'

async function ready(state: State, input: AgentCommand, cwd: string, how: How): Promise<Driver> {
  clearTimeout(state.retiring)
  const settings = { ...state.records.get(state.sessionId).settings, ...pickSettings(input.options) }
  requireAllowed(state, settings)
  const directories = state.attachments.directories(state.sessionId)
  const profile = profileOf(input, [cwd, ...directories], settings)
  const { running } = state
  if (running?.profile === profile && isUsable(running) && how === 'prompt') {
    if (await takes(state, running, settings)) {
      keepSettings(state, settings)
      return running.driver
    }
    await end(state, 'terminate')
  }
  keepSettings(state, settings)
  if (state.facts.get(state.sessionId).directory !== cwd) state.facts.set(state.sessionId, { directory: cwd })
  return relaunch(state, { options: input.options, cwd, profile, how })
}

/** One that has just ended may still be on its way out. */
function isUsable({ driver, ending }: Running): boolean {
  return !ending && !driver.state().gone
}

/**
 * What can't change while a process runs. One with a limit is for one command, because limits count per process. A
 * directory that was removed and made again is another one: the process would still stand in the old one.
 */
function profileOf(input: AgentCommand, [cwd = '', ...directories]: readonly string[], settings: Settings): string {
  const { maxTurns, maxBudgetUsd, appendSystemPrompt, resume, fork } = input.options
  const once = maxTurns !== undefined || maxBudgetUsd !== undefined || resume !== undefined || fork === true
  const inode = statSync(cwd, { throwIfNoEntry: false })?.ino
  return JSON.stringify([cwd, inode, directories, appendSystemPrompt, isBypass(settings), once ? input.inputId : ''])
}

async function idle(state: State, cwd: string): Promise<Driver> {
  clearTimeout(state.retiring)
  if (state.running !== undefined && isUsable(state.running)) return state.running.driver
  // No command has this profile, so the next one gets a process of its own.
  return relaunch(state, { options: {}, cwd, profile: 'idle', how: 'prompt' })
}

type Wanted = { options: ClaudeCodeOptions; cwd: string; profile: string; how: How }
type LaunchParts = Wanted & { program: Program; lifeline: Lifeline | undefined }

/** A process in the place of the one that there is. */
async function relaunch(state: State, wanted: Wanted): Promise<Driver> {
  await end(state, 'ask')
  const program = state.coder.program()
  const lifeline = await openLifeline()
  try {
    if (state.closed) throw new FarhandError('INTERRUPTED')
    return launch(state, { ...wanted, program, lifeline })
  } catch (error) {
    lifeline?.drop()
    state.records.mark(state.sessionId, undefined)
    throw error
  }
}

function launch(state: State, { options, cwd, profile, how, program, lifeline }: LaunchParts): Driver {
  const { sessionId, records, events } = state
  const record = ownRecord(state)
  const marker = state.newMarker()
  const launching: Launch = {
    ...program,
    cwd,
    marker,
    lifeline,
    ...resumption(how === 'take_up' ? {} : options, record),
    takeUp: how === 'take_up',
    ...resumePoint(state),
    directories: state.attachments.directories(sessionId),
    settings: record.settings,
    limits: limitsOf(options),
    before: { costUsd: record.costUsd, tasks: state.tasks },
  }
  records.mark(sessionId, marker)
  const driver = state.coder.start(launching, {
    ...events,
    said(responses) {
      remember(state, driver)
      wentOn(state, responses)
      events.said(responses)
    },
    exited(exit) {
      if (state.running?.driver === driver) {
        remember(state, driver)
        state.running = undefined
        clearTimeout(state.retiring)
      }
      records.mark(sessionId, undefined)
      events.exited(exit, driver)
    },
  })
  state.running = { driver, profile, applied: record.settings, ending: false }
  return driver
}

/** A conversation that another coding agent has held stays with that one. */
function ownRecord({ coder, records, sessionId, events }: State): SessionRecord {
  const { claudeSessionId, ...record } = records.get(sessionId)
  if (claudeSessionId === undefined) return record
  if (coder.owns(claudeSessionId)) return { ...record, claudeSessionId }
  const message = `Another coding agent has held this conversation so far. ${coder.name()} begins anew, without what was said before.`
  events.said([say('notice', { level: 'warning', type: 'conversation_lost', message })])
  return { ...record, costUsd: 0 }
}

/** An imported conversation comes before our own. */
function resumption({ resume, fork }: ClaudeCodeOptions, record: SessionRecord): Pick<Launch, 'resume' | 'fork'> {
  const id = resume ?? record.claudeSessionId
  return { ...(id === undefined ? {} : { resume: id }), ...(fork === true && id !== undefined ? { fork } : {}) }
}

/** After a rewind, until the conversation has gone on from there. */
function resumePoint({ facts, sessionId }: State): Pick<Launch, 'resumeAt'> {
  const { resumeAt } = facts.get(sessionId)
  return resumeAt === undefined ? {} : { resumeAt }
}

/** With the answer the prompt stands in the coding agent's own record, and what was dropped is behind it for good. */
function wentOn({ facts, sessionId }: State, responses: readonly NewResponse[]): void {
  if (facts.get(sessionId).resumeAt === undefined || responses.every(({ kind }) => !ANSWERS.includes(kind))) return
  facts.set(sessionId, { resumeAt: undefined })
}

const ANSWERS = ['text', 'thinking', 'tool_started']

function limitsOf({ maxTurns, maxBudgetUsd, appendSystemPrompt }: ClaudeCodeOptions): Launch['limits'] {
  return {
    ...(maxTurns === undefined ? {} : { maxTurns }),
    ...(maxBudgetUsd === undefined ? {} : { maxBudgetUsd }),
    ...(appendSystemPrompt === undefined ? {} : { appendSystemPrompt }),
  }
}

/** The conversation's id changes when it is forked, and may change when it is compacted. */
function remember(state: State, driver: Driver): void {
  const { conversationId: claudeSessionId, costUsd, tasks } = driver.state()
  state.tasks = tasks
  const record = state.records.get(state.sessionId)
  if (claudeSessionId === undefined) return
  if (record.claudeSessionId === claudeSessionId && record.costUsd === costUsd) return
  state.records.update(state.sessionId, { claudeSessionId, costUsd })
}

/**
 * Whether the process has taken them. One that hangs or has ended takes none, and no prompt either.
 * @throws FarhandError `BAD_REQUEST` where it refuses
 */
async function takes({ coder: { name } }: State, running: Running, settings: Settings): Promise<boolean> {
  try {
    await applySettings(running, settings, name)
    return true
  } catch (error) {
    if (!(error instanceof SilenceError) && isUsable(running)) throw error
    running.ending = true
    return false
  }
}

/** One by one, so that it is known what was taken. @throws FarhandError `BAD_REQUEST` with its reason */
async function applySettings(running: Running, settings: Settings, name: () => string): Promise<void> {
  for (const [setting, value] of Object.entries<string | undefined>(changed(running.applied, settings))) {
    try {
      await answered(running.driver.apply({ [setting]: value }), ANSWER_MS)
    } catch (cause) {
      if (cause instanceof SilenceError) throw cause
      const reason = cause instanceof Error ? cause.message : ''
      throw new FarhandError('BAD_REQUEST', `${name()} does not take ${setting} ${value ?? ''}: ${reason}`, { cause })
    }
    running.applied = { ...running.applied, [setting]: value }
  }
}

function rest(state: State, { driver, applied, ending }: Running): void {
  remember(state, driver)
  const { effective, modelRefused } = driver.state()
  if (!ending && !modelRefused) state.answered = { set: applied.model, called: effective.model }
}

function dropModel(state: State): { refused: string; now: string } | undefined {
  const { records, sessionId, answered: last, running } = state
  const { settings } = records.get(sessionId)
  const { model: refused } = settings
  if (refused === undefined) return undefined
  const isOther = last.set !== refused
  records.update(sessionId, { settings: { ...settings, model: isOther ? last.set : undefined } })
  // The process can't be talked out of it.
  if (running !== undefined) running.ending = true
  return { refused, now: (isOther ? (last.called ?? last.set) : undefined) ?? DEFAULT_MODEL }
}

/** What Claude Code calls the model that it takes where none is named. */
const DEFAULT_MODEL = 'default'

function keepSettings({ records, sessionId }: State, settings: Settings): void {
  if (Object.keys(changed(records.get(sessionId).settings, settings)).length > 0)
    records.update(sessionId, { settings })
}

function retireLater(state: State): void {
  clearTimeout(state.retiring)
  if (state.running === undefined || state.closed) return
  const { driver } = state.running
  state.retiring = setTimeout(() => {
    if (driver.state().busy) retireLater(state)
    else void end(state, 'ask')
  }, state.retireMs)
}

async function end({ running }: State, how: EndHow, patience?: Patience): Promise<void> {
  if (running === undefined) return
  running.ending = true
  await running.driver.end(how, patience)
}

async function close(state: State): Promise<void> {
  state.closed = true
  clearTimeout(state.retiring)
  if (state.running === undefined) return
  const { driver } = state.running
  const interrupted = driver.state().busy ? driver.interrupt().catch(() => {}) : undefined
  await Promise.race([interrupted, sleep(INTERRUPT_AT_CLOSE_MS, undefined, { ref: false })])
  await end(state, 'ask', PATIENCE_AT_CLOSE)
}
