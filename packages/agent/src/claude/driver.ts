import { query, type Options, type PermissionResult, type Query } from '@anthropic-ai/claude-agent-sdk'
import type { RunStartedBody, Task } from '@farhand/shared'
import type { NewResponse } from '../spool/outbox.ts'
import type { Settings } from '../spool/sessionRecords.ts'
import type { MalformedLine } from './lines.ts'
import { finishRun, type Ending } from './outcome.ts'
import { planText, type ToolQuestion } from './permissions.ts'
import { startProcess, type ClaudeProcess, type Exit, type Patience } from './process.ts'
import { openPrompts } from './prompts.ts'
import { translate } from './translate.ts'
import { beginRun, endRun, newTranslation, type Translation } from './translation.ts'

/** One Claude Code process with one conversation, which may answer many commands. */
export type Driver = {
  /** Hands a prompt over; what follows belongs to it until `turnOver` or `exited`. */
  prompt(text: string): void
  /** The terminal response of the command that was handed over last. */
  finish(ending: Ending, durationMs: number): NewResponse
  /** Stops what Claude Code is doing; the conversation goes on. */
  interrupt(): Promise<void>
  /** For what follows. Rejects where Claude Code refuses. */
  apply(settings: Settings): Promise<void>
  /** Ends the process and all that it started. */
  end(how: 'ask' | 'terminate', patience?: Patience): Promise<Exit>
  state(): DriverState
}

export type DriverState = {
  /** What Claude Code last said that it works with. */
  effective: RunStartedBody
  tasks: readonly Task[]
  costUsd: number
  /** It works, or something that it started in the background does. */
  busy: boolean
  /** Claude Code does not have the conversation that it was to go on with. */
  conversationMissing: boolean
}

export type DriverEvents = {
  said(responses: NewResponse[]): void
  /** A sign of life with nothing to tell. */
  alive(): void
  /** Claude Code has answered the command to its end. */
  turnOver(): void
  /** The answer decides whether the tool runs. `signal` aborts when nobody waits for it any more. */
  asked(question: ToolQuestion, signal: AbortSignal): Promise<PermissionResult>
  malformed(line: MalformedLine): void
  /** A fault of ours, while a message was read. */
  stumbled(error: unknown): void
  /** The last event: the process and all that it started are gone. */
  exited(exit: Exit): void
}

export type Launch = {
  executable: string
  cwd: string
  env: Readonly<Record<string, string>>
  /** A value that no other process carries. */
  marker: string
  /** Claude Code's own id of the conversation to go on with. */
  resume?: string
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
      canUseTool: (tool, input, options) => events.asked(question(tool, input, options), options.signal),
      spawnClaudeCodeProcess(options) {
        claude = startProcess(options, { marker: launch.marker, onMalformed: events.malformed })
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
    const wasOver = state.run?.over === true
    const translated = translate(state, message)
    state = translated.state
    if (translated.responses.length > 0) events.said(translated.responses)
    else events.alive()
    if (state.run?.over === true && !wasOver) events.turnOver()
  }

  function question(tool: string, input: Record<string, unknown>, options: ToolQuestion['options']): ToolQuestion {
    if (tool !== 'ExitPlanMode') return { tool, input, options }
    const plan = planText(input, state.tools[options.toolUseID]?.input, state.planFile)
    return { tool, input, options, ...(plan === undefined ? {} : { plan }) }
  }

  return {
    prompt(text) {
      state = beginRun(state)
      prompts.push(text)
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
    async end(how, patience) {
      prompts.close()
      const exit = await (claude?.end(how, patience) ?? NEVER_STARTED)
      await ended
      return exit
    },
    state: () => describe(state),
  }
}

function describe({ effective, tasks, costUsd, activity, backgroundTasks, run }: Translation): DriverState {
  const errors = run?.started === false ? (run.result?.errors ?? []) : []
  return {
    effective,
    tasks,
    costUsd,
    busy: activity === 'running' || backgroundTasks > 0,
    conversationMissing: errors.some((error) => MISSING.test(error)),
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

function queryOptions({ executable, cwd, env, resume, fork, settings, limits }: Launch): Options {
  const { maxTurns, maxBudgetUsd, appendSystemPrompt } = limits
  return {
    pathToClaudeCodeExecutable: executable,
    cwd,
    env: { ...env },
    includePartialMessages: true,
    forwardSubagentText: true,
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
    ...(fork === true ? { forkSession: true } : {}),
    ...(maxTurns === undefined ? {} : { maxTurns }),
    ...(maxBudgetUsd === undefined ? {} : { maxBudgetUsd }),
  }
}
