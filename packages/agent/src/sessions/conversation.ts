import { statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { FarhandError, type AgentCommand, type ClaudeCodeOptions, type Task } from '@farhand/shared'
import { startDriver, type Driver, type DriverEvents, type Launch } from '../claude/driver.ts'
import { openLifeline, type Lifeline } from '../claude/lifeline.ts'
import type { EndHow, Exit, Patience } from '../claude/process.ts'
import type { Attachments } from '../attachments/attachments.ts'
import type { NewResponse } from '../spool/outbox.ts'
import type { SessionFactsStore } from '../spool/sessionFacts.ts'
import type { SessionRecord, SessionRecords } from '../spool/sessionRecords.ts'
import { changed, isBypass, pickSettings, type Settings } from './settings.ts'

/** A process that nobody needs is ended after this long; the conversation goes on from Claude Code's own file. */
export const RETIRE_MS = 10 * 60 * 1000
/** How long a shutdown waits for a run to be interrupted before it ends the process. */
const INTERRUPT_AT_CLOSE_MS = 1_000
const PATIENCE_AT_CLOSE: Patience = { askMs: 1_000, terminateMs: 2_500 }

/** The Claude Code process of one session: started when needed, kept for the next command, ended when idle. */
export type Conversation = {
  /**
   * A process for this command, with its directory, options and settings. `take_up`: one that goes on with the call
   * that is written down as deferred; every other leaves such a call alone, whoever deferred it.
   * @throws FarhandError where Claude Code can't be found, or does not take a setting
   */
  ready(input: AgentCommand, cwd: string, how?: 'prompt' | 'take_up'): Promise<Driver>
  driver(): Driver | undefined
  /** A process of the conversation that nothing is said to. Only while no command runs. */
  idle(cwd: string): Promise<Driver>
  /** Ends the process, and lets it write down what it has to. The next one is started when it is needed. */
  end(): Promise<void>
  /**
   * Ends the process and all that it started, without asking first. `kill`: at once, so that Claude Code does not write
   * down what it makes of it.
   */
  terminate(how?: 'terminate' | 'kill'): Promise<void>
  /**
   * For this and later processes. `later`: the running process can't change over.
   * @throws FarhandError `BAD_REQUEST` where Claude Code refuses; then nothing is remembered
   */
  change(settings: Settings): Promise<'now' | 'later'>
  /** After a run: keeps what the next process has to know, and lets the process retire. */
  rest(): void
  /** Claude Code has lost the conversation: the next process begins a new one. */
  forget(): void
  close(): Promise<void>
}

export type ConversationParts = {
  sessionId: string
  /** The executable and its environment, looked up at each start so that an installation is noticed. */
  claude(): { executable: string; env: Readonly<Record<string, string>> }
  newMarker(): string
  retireMs: number
  /** Somebody at the machine has agreed that Claude Code may go without asking. */
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
  retiring: NodeJS.Timeout | undefined
  tasks: readonly Task[]
  closed: boolean
}

export function createConversation(parts: ConversationParts): Conversation {
  const { sessionId, records } = parts
  const state: State = { ...parts, running: undefined, retiring: undefined, tasks: [], closed: false }
  return {
    ready: (input, cwd, how = 'prompt') => ready(state, input, cwd, how),
    driver: () => state.running?.driver,
    idle: (cwd) => idle(state, cwd),
    end: () => end(state, 'ask'),
    terminate: (how = 'terminate') => end(state, how),
    async change(wanted) {
      const settings = { ...records.get(sessionId).settings, ...wanted }
      requireAllowed(state, settings)
      const { running } = state
      const later = running !== undefined && isBypass(settings) !== isBypass(running.applied)
      if (running !== undefined && !later) await applySettings(running, settings)
      keepSettings(state, settings)
      return later ? 'later' : 'now'
    },
    rest() {
      if (state.running !== undefined) remember(state, state.running.driver)
      retireLater(state)
    },
    forget: () => records.forgetConversation(sessionId),
    close: () => close(state),
  }
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
  if (running?.profile === profile && !running.ending && how === 'prompt') {
    await applySettings(running, settings)
    keepSettings(state, settings)
    return running.driver
  }
  keepSettings(state, settings)
  if (state.facts.get(state.sessionId).directory !== cwd) state.facts.set(state.sessionId, { directory: cwd })
  await end(state, 'ask')
  const claude = state.claude()
  const lifeline = await openLifeline()
  if (!state.closed) return launch(state, { options: input.options, cwd, profile, how, claude, lifeline })
  lifeline?.drop()
  throw new FarhandError('INTERRUPTED')
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
  if (state.running !== undefined && !state.running.ending) return state.running.driver
  await end(state, 'ask')
  const claude = state.claude()
  const lifeline = await openLifeline()
  // No command has this profile, so the next one gets a process of its own.
  if (!state.closed) return launch(state, { options: {}, cwd, profile: 'idle', how: 'prompt', claude, lifeline })
  lifeline?.drop()
  throw new FarhandError('INTERRUPTED')
}

type LaunchParts = {
  options: ClaudeCodeOptions
  cwd: string
  profile: string
  how: How
  claude: ReturnType<ConversationParts['claude']>
  lifeline: Lifeline | undefined
}

/** Claude Code would make a deferred call anew at the next prompt, asked for or not. */
const LEAVE_DEFERRED_CALLS = { CLAUDE_CODE_DISABLE_DEFERRED_TOOL_RESUME: '1' }

function launch(state: State, { options, cwd, profile, how, claude, lifeline }: LaunchParts): Driver {
  const { sessionId, records, events } = state
  const record = records.get(sessionId)
  const marker = state.newMarker()
  const launching: Launch = {
    ...claude,
    env: how === 'take_up' ? claude.env : { ...claude.env, ...LEAVE_DEFERRED_CALLS },
    cwd,
    marker,
    lifeline,
    ...resumption(how === 'take_up' ? {} : options, record),
    ...resumePoint(state),
    directories: state.attachments.directories(sessionId),
    settings: record.settings,
    limits: limitsOf(options),
    before: { costUsd: record.costUsd, tasks: state.tasks },
  }
  records.mark(sessionId, marker)
  const driver = startDriver(launching, {
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

/** With the answer the prompt stands in Claude Code's own record, and what was dropped is behind it for good. */
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
  const { effective, costUsd, tasks } = driver.state()
  state.tasks = tasks
  const { claudeSessionId } = effective
  const record = state.records.get(state.sessionId)
  if (claudeSessionId === undefined) return
  if (record.claudeSessionId === claudeSessionId && record.costUsd === costUsd) return
  state.records.update(state.sessionId, { claudeSessionId, costUsd })
}

/** One by one, so that it is known what was taken. @throws FarhandError `BAD_REQUEST` with Claude Code's reason */
async function applySettings(running: Running, settings: Settings): Promise<void> {
  for (const [name, value] of Object.entries<string | undefined>(changed(running.applied, settings))) {
    try {
      await running.driver.apply({ [name]: value })
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : ''
      throw new FarhandError('BAD_REQUEST', `Claude Code does not take ${name} ${value ?? ''}: ${reason}`, { cause })
    }
    running.applied = { ...running.applied, [name]: value }
  }
}

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
