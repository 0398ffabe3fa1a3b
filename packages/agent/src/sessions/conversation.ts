import { setTimeout as sleep } from 'node:timers/promises'
import { FarhandError, type AgentCommand, type ClaudeCodeOptions, type Task } from '@farhand/shared'
import { startDriver, type Driver, type DriverEvents, type Launch } from '../claude/driver.ts'
import type { Exit, Patience } from '../claude/process.ts'
import type { SessionRecord, SessionRecords, Settings } from '../spool/sessionRecords.ts'

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
  settings(): Settings
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
  records: SessionRecords
  /** The executable and its environment, looked up at each start so that an installation is noticed. */
  claude(): { executable: string; env: Readonly<Record<string, string>> }
  newMarker(): string
  retireMs: number
  /** `exited` comes with the driver that it was: it is not the conversation's any more. */
  events: Omit<DriverEvents, 'exited'> & { exited(exit: Exit, driver: Driver): void }
}

/** `ending`: no more prompts for this one. */
type Running = { driver: Driver; profile: string; applied: Settings; ending: boolean }

export function createConversation(parts: ConversationParts): Conversation {
  const { sessionId, records, events } = parts
  let running: Running | undefined
  let retiring: NodeJS.Timeout | undefined
  let tasks: readonly Task[] = []
  let closed = false

  function launch(input: AgentCommand, cwd: string, profile: string): Driver {
    const record = records.get(sessionId)
    const marker = parts.newMarker()
    const launching: Launch = {
      ...parts.claude(),
      cwd,
      marker,
      ...resumption(input.options, record),
      settings: record.settings,
      limits: limitsOf(input.options),
      before: { costUsd: record.costUsd, tasks },
    }
    records.mark(sessionId, marker)
    const driver = startDriver(launching, {
      ...events,
      said(responses) {
        remember(driver)
        events.said(responses)
      },
      exited(exit) {
        if (running?.driver === driver) {
          remember(driver)
          running = undefined
          clearTimeout(retiring)
        }
        records.mark(sessionId, undefined)
        events.exited(exit, driver)
      },
    })
    running = { driver, profile, applied: record.settings, ending: false }
    return driver
  }

  /** The conversation's id changes when it is forked, and may change when it is compacted. */
  function remember(driver: Driver): void {
    const { effective, costUsd, tasks: now } = driver.state()
    tasks = now
    const { claudeSessionId } = effective
    const record = records.get(sessionId)
    if (claudeSessionId === undefined) return
    if (record.claudeSessionId === claudeSessionId && record.costUsd === costUsd) return
    records.update(sessionId, { claudeSessionId, costUsd })
  }

  /** One by one, so that it is known what was taken. @throws FarhandError `BAD_REQUEST` with Claude Code's reason */
  async function applySettings(to: Running, settings: Settings): Promise<void> {
    for (const [name, value] of Object.entries(difference(to.applied, settings))) {
      try {
        await to.driver.apply({ [name]: value })
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : ''
        throw new FarhandError('BAD_REQUEST', `Claude Code does not take ${name} ${value}: ${reason}`, { cause })
      }
      to.applied = { ...to.applied, [name]: value }
    }
  }

  function retireLater(): void {
    clearTimeout(retiring)
    if (running === undefined || closed) return
    const { driver } = running
    retiring = setTimeout(() => {
      if (driver.state().busy) retireLater()
      else void end('ask')
    }, parts.retireMs)
  }

  function keep(settings: Settings): void {
    if (Object.keys(difference(records.get(sessionId).settings, settings)).length > 0) records.update(sessionId, { settings })
  }

  async function end(how: 'ask' | 'terminate', patience?: Patience): Promise<void> {
    if (running === undefined) return
    running.ending = true
    await running.driver.end(how, patience)
  }

  return {
    async ready(input, cwd) {
      clearTimeout(retiring)
      const settings = { ...records.get(sessionId).settings, ...pickSettings(input.options) }
      const profile = profileOf(input, cwd, settings)
      if (running?.profile === profile && !running.ending) {
        const { driver } = running
        await applySettings(running, settings)
        keep(settings)
        return driver
      }
      keep(settings)
      await end('ask')
      if (closed) throw new FarhandError('INTERRUPTED')
      return launch(input, cwd, profile)
    },
    driver: () => running?.driver,
    terminate: () => end('terminate'),
    settings: () => records.get(sessionId).settings,
    async change(wanted) {
      const settings = { ...records.get(sessionId).settings, ...wanted }
      const later = running !== undefined && isBypass(settings) !== isBypass(running.applied)
      if (running !== undefined && !later) await applySettings(running, settings)
      keep(settings)
      return later ? 'later' : 'now'
    },
    rest() {
      if (running !== undefined) remember(running.driver)
      retireLater()
    },
    forget() {
      records.forgetConversation(sessionId)
    },
    async close() {
      closed = true
      clearTimeout(retiring)
      if (running === undefined) return
      const { driver } = running
      const interrupted = driver.state().busy ? driver.interrupt().catch(() => {}) : undefined
      await Promise.race([interrupted, sleep(INTERRUPT_AT_CLOSE_MS, undefined, { ref: false })])
      await end('ask', PATIENCE_AT_CLOSE)
    },
  }
}

/** What can't change while a process runs. One with a limit is for one command, because limits count per process. */
function profileOf(input: AgentCommand, cwd: string, settings: Settings): string {
  const { maxTurns, maxBudgetUsd, appendSystemPrompt, resume, fork } = input.options
  const once = maxTurns !== undefined || maxBudgetUsd !== undefined || resume !== undefined || fork === true
  return JSON.stringify([cwd, appendSystemPrompt, isBypass(settings), once ? input.inputId : ''])
}

function isBypass(settings: Settings): boolean {
  return settings.permissionMode === 'bypassPermissions'
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

export function pickSettings({ model, permissionMode, effort }: Settings): Settings {
  return {
    ...(model === undefined ? {} : { model }),
    ...(permissionMode === undefined ? {} : { permissionMode }),
    ...(effort === undefined ? {} : { effort }),
  }
}

function difference(before: Settings, after: Settings): Settings {
  return pickSettings({
    model: after.model === before.model ? undefined : after.model,
    permissionMode: after.permissionMode === before.permissionMode ? undefined : after.permissionMode,
    effort: after.effort === before.effort ? undefined : after.effort,
  })
}
