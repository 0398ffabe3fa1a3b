import { relative } from 'node:path'
import { query, type Options, type Query, type RewindFilesResult } from '@anthropic-ai/claude-agent-sdk'
import type { RunStartedBody, Task } from '@farhand/shared'
import { isInside } from '../projects/directories.ts'
import type { NewResponse } from '../spool/outbox.ts'
import type { Settings } from '../spool/sessionRecords.ts'
import { isCrowded } from './crowd.ts'
import { openGate, type GateEvents } from './gate.ts'
import type { Lifeline } from './lifeline.ts'
import type { MalformedLine } from './lines.ts'
import { finishRun, isBudgetEnd, type Ending } from './outcome.ts'
import {
  startProcess,
  type ClaudeProcess,
  type EndHow,
  type Exit,
  type Patience,
  type PressingSignal,
} from './process.ts'
import { openPrompts, type Prompt } from './prompts.ts'
import { translate } from './translate.ts'
import { beginRun, endRun, newTranslation, type Translation } from './translation.ts'

/** One Claude Code process with one conversation, which may answer many commands. */
export type Driver = {
  /** Hands a prompt over; what follows belongs to it until `turnOver` or `exited`. */
  prompt(prompt: Prompt): void
  /** For a conversation that goes on by itself, with a call that waited: what follows belongs to the command it was of. */
  goOn(): void
  /** The terminal response of the command that was handed over last. */
  finish(ending: Ending, durationMs: number): NewResponse
  /** Stops what Claude Code is doing; the conversation goes on. */
  interrupt(): Promise<void>
  /** For what follows. Rejects where Claude Code refuses. */
  apply(settings: Settings): Promise<void>
  /** Puts files back to how they were before a prompt, or says what that would change. Rejects where it can't be done. */
  rewindFiles(promptId: string, options: { dryRun: boolean }): Promise<FilesRewound>
  /** Ends the process and all that it started. */
  end(how: EndHow, patience?: Patience): Promise<Exit>
  state(): DriverState
  /** Whether it has started more processes than that. */
  isCrowded(max: number): boolean
}

/** Files by their path below the working directory, where they are below it. `skipped`: links, which are left alone. */
export type FilesRewound = { changed: string[]; insertions: number; deletions: number; skipped: number }

export type DriverState = {
  /** What Claude Code last said that it works with. */
  effective: RunStartedBody
  tasks: readonly Task[]
  costUsd: number
  /** It works, or something that it started in the background does. */
  busy: boolean
  /** Claude Code does not have the conversation that it was to go on with. */
  conversationMissing: boolean
  /** What the command that was handed over last has used. */
  spent: { costUsd: number; turns: number }
  /** It ended because it was to use no more than that. */
  limitReached: boolean
}

export type DriverEvents = GateEvents & {
  said(responses: NewResponse[]): void
  /** A sign of life with nothing to tell. */
  alive(): void
  /** Each message as it came. */
  heard?(message: unknown): void
  /** Claude Code has answered the command to its end. */
  turnOver(): void
  malformed(line: MalformedLine): void
  /** It did not end when it was asked to, and gets this signal now. */
  pressed(signal: PressingSignal): void
  /** The last event: the process and all that it started are gone. */
  exited(exit: Exit): void
}

export type Launch = {
  executable: string
  cwd: string
  env: Readonly<Record<string, string>>
  /** A value that no other process carries. */
  marker: string
  /** Left out: the process may outlive the agent. */
  lifeline?: Lifeline | undefined
  /** Claude Code's own id of the conversation to go on with. */
  resume?: string
  /** Where Claude may read beside the working directory. */
  directories: readonly string[]
  /** The last message that is kept of it. */
  resumeAt?: string
  fork?: boolean
  settings: Settings
  limits: { maxTurns?: number; maxBudgetUsd?: number; appendSystemPrompt?: string }
  /** What the conversation has cost before, and its task list. */
  before: { costUsd: number; tasks: readonly Task[] }
}

/**
 * Starts Claude Code. Nothing of this throws later: what goes wrong is told by `exited`.
 * @throws Error where the process can't even be set up
 */
export function startDriver(launch: Launch, events: DriverEvents): Driver {
  const prompts = openPrompts()
  let state = newTranslation(launch.before.costUsd, launch.before.tasks)
  let claude: ClaudeProcess | undefined
  const conversation = query({
    prompt: prompts.messages,
    options: {
      ...queryOptions(launch),
      ...openGate(events, () => state),
      spawnClaudeCodeProcess(options) {
        const { marker, lifeline } = launch
        claude = startProcess(options, {
          marker,
          lifeline,
          onMalformed: events.malformed,
          onPressed: events.pressed,
        })
        return claude.spawned
      },
    },
  })
  // The SDK may stop reading before the process stops running.
  const ended = listen(conversation, receive).then(() => claude?.end('ask') ?? NEVER_STARTED)
  void ended.then(events.exited)

  /** A message that we stumble over is our fault: it costs the run, not the agent. */
  function receive(message: unknown): void {
    try {
      understand(message)
    } catch (error) {
      events.stumbled(error)
    }
  }

  function understand(message: unknown): void {
    events.heard?.(message)
    const wasOver = state.run?.over === true
    const translated = translate(state, message)
    state = translated.state
    if (translated.responses.length > 0) events.said(translated.responses)
    else events.alive()
    if (state.run?.over === true && !wasOver) events.turnOver()
  }

  return {
    prompt(prompt) {
      state = beginRun(state)
      prompts.push(prompt)
    },
    goOn() {
      state = beginRun(state)
    },
    finish(ending, durationMs) {
      const response = finishRun(state.run, ending, durationMs)
      state = endRun(state)
      return response
    },
    async interrupt() {
      await conversation.interrupt()
    },
    async apply({ model, permissionMode, effort }) {
      if (model !== undefined) await conversation.setModel(model)
      if (permissionMode !== undefined) {
        const { effective } = state
        // Claude Code tells the change as well; once is enough.
        state = { ...state, effective: { ...effective, permissionMode } }
        await conversation.setPermissionMode(permissionMode).catch((error: unknown) => {
          state = { ...state, effective }
          throw error
        })
      }
      if (effort !== undefined) await conversation.applyFlagSettings({ effortLevel: effort })
    },
    rewindFiles: async (promptId, options) =>
      readRewound(await conversation.rewindFiles(promptId, options), launch.cwd),
    async end(how, patience) {
      prompts.close()
      const exit = await (claude?.end(how, patience) ?? NEVER_STARTED)
      await ended
      return exit
    },
    state: () => describe(state),
    isCrowded: (max) => isCrowded(launch.marker, max),
  }
}

function readRewound(result: RewindFilesResult, cwd: string): FilesRewound {
  if (!result.canRewind) throw new Error(result.error ?? 'no reason was given')
  const { filesChanged = [], insertions = 0, deletions = 0, skippedLinks = 0 } = result
  const changed = filesChanged.map((path) => (isInside(cwd, path) ? relative(cwd, path) : path))
  return { changed, insertions, deletions, skipped: skippedLinks }
}

function describe({ effective, tasks, costUsd, activity, backgroundTasks, run }: Translation): DriverState {
  const errors = run?.started === false ? (run.result?.errors ?? []) : []
  return {
    effective,
    tasks,
    costUsd,
    busy: activity === 'running' || backgroundTasks > 0,
    conversationMissing: errors.some((error) => MISSING.test(error)),
    spent: { costUsd: run?.costUsd ?? 0, turns: run?.turns ?? 0 },
    limitReached: run?.result !== undefined && isBudgetEnd(run.result),
  }
}

const MISSING = /^No conversation found with session ID/
const NEVER_STARTED: Exit = { exitCode: null, signal: null, stderr: '', failure: 'it was not started' }

/**
 * Reads to the end. The SDK ends a conversation that went wrong by throwing, after it has told the messages; how the
 * process ended says more than that error.
 */
async function listen(conversation: Query, receive: (message: unknown) => void): Promise<void> {
  for (;;) {
    let next: IteratorResult<unknown, void>
    try {
      next = await conversation.next()
    } catch {
      return // the process boundary: its exit and its last words are reported by `exited`
    }
    if (next.done === true) return
    receive(next.value)
  }
}

function queryOptions({
  executable,
  cwd,
  env,
  resume,
  resumeAt,
  fork,
  directories,
  settings,
  limits,
}: Launch): Options {
  const { maxTurns, maxBudgetUsd, appendSystemPrompt } = limits
  return {
    pathToClaudeCodeExecutable: executable,
    cwd,
    env: { ...env },
    includePartialMessages: true,
    forwardSubagentText: true,
    // What is needed to put files back to how they were before a prompt.
    enableFileCheckpointing: true,
    systemPrompt: {
      type: 'preset',
      preset: 'claude_code',
      ...(appendSystemPrompt === undefined ? {} : { append: appendSystemPrompt }),
    },
    // Always said: left out, Claude Code may choose one that asks nobody.
    permissionMode: settings.permissionMode ?? 'default',
    ...(settings.permissionMode === 'bypassPermissions' ? { allowDangerouslySkipPermissions: true } : {}),
    ...(settings.model === undefined ? {} : { model: settings.model }),
    ...(settings.effort === undefined ? {} : { effort: settings.effort }),
    ...(resume === undefined ? {} : { resume }),
    ...(resume === undefined || resumeAt === undefined ? {} : { resumeSessionAt: resumeAt }),
    ...(directories.length === 0 ? {} : { additionalDirectories: [...directories] }),
    ...(fork === true ? { forkSession: true } : {}),
    ...(maxTurns === undefined ? {} : { maxTurns }),
    ...(maxBudgetUsd === undefined ? {} : { maxBudgetUsd }),
  }
}
