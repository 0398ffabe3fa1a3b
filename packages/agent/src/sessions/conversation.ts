import { setTimeout as sleep } from 'node:timers/promises'
import { FarhandError, type AgentCommand, type ClaudeCodeOptions, type Task } from '@farhand/shared'
import { startDriver, type Driver, type DriverEvents, type Launch } from '../claude/driver.ts'
import type { Exit, Patience } from '../claude/process.ts'
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
   * A process for this command, with its directory, options and settings.
   * @throws FarhandError where Claude Code can't be found, or does not take a setting
   */
  ready(input: AgentCommand, cwd: string): Promise<Driver>
  driver(): Driver | undefined
  /** Ends the process and all that it started, without asking first. */
  terminate(): Promise<void>
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
  records: SessionRecords
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
    ready: (input, cwd) => ready(state, input, cwd),
    driver: () => state.running?.driver,
    terminate: () => end(state, 'terminate'),
    async change(wanted) {
      const settings = { ...records.get(sessionId).settings, ...wanted }
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

async function ready(state: State, input: AgentCommand, cwd: string): Promise<Driver> {
  clearTimeout(state.retiring)
  const settings = { ...state.records.get(state.sessionId).settings, ...pickSettings(input.options) }
  const profile = profileOf(input, cwd, settings)
  const { running } = state
  if (running?.profile === profile && !running.ending) {
    await applySettings(running, settings)
    keepSettings(state, settings)
    return running.driver
  }
  keepSettings(state, settings)
  await end(state, 'ask')
  if (state.closed) throw new FarhandError('INTERRUPTED')
  return launch(state, input, cwd, profile)
}

/** What can't change while a process runs. One with a limit is for one command, because limits count per process. */
function profileOf(input: AgentCommand, cwd: string, settings: Settings): string {
  const { maxTurns, maxBudgetUsd, appendSystemPrompt, resume, fork } = input.options
  const once = maxTurns !== undefined || maxBudgetUsd !== undefined || resume !== undefined || fork === true
  return JSON.stringify([cwd, appendSystemPrompt, isBypass(settings), once ? input.inputId : ''])
}

function launch(state: State, input: AgentCommand, cwd: string, profile: string): Driver {
  const { sessionId, records, events } = state
  const record = records.get(sessionId)
  const marker = state.newMarker()
  const launching: Launch = {
    ...state.claude(),
    cwd,
    marker,
    ...resumption(input.options, record),
    settings: record.settings,
    limits: limitsOf(input.options),
    before: { costUsd: record.costUsd, tasks: state.tasks },
  }
  records.mark(sessionId, marker)
  const driver = startDriver(launching, {
    ...events,
    said(responses) {
      remember(state, driver)
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

async function end({ running }: State, how: 'ask' | 'terminate', patience?: Patience): Promise<void> {
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
