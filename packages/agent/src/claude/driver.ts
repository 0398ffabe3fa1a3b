import { relative } from 'node:path'
import { query, type Options, type Query, type RewindFilesResult } from '@anthropic-ai/claude-agent-sdk'
import type { Driver, DriverEvents, DriverState, FilesRewound, Launch } from '../driver/driver.ts'
import { isCrowded } from '../process/crowd.ts'
import { startProcess, type Exit, type OwnProcess } from '../process/process.ts'
import { isInside } from '../projects/directories.ts'
import { openGate } from './gate.ts'
import { isMessage } from './messages.ts'
import { finishRun, isBudgetEnd, isModelRefused } from './outcome.ts'
import { openPrompts } from './prompts.ts'
import { translate } from './translate.ts'
import { beginRun, endRun, newTranslation, type Translation } from './translation.ts'

/**
 * Starts Claude Code. Nothing of this throws later: what goes wrong is told by `exited`.
 * @throws Error where the process can't even be set up
 */
export function startDriver(launch: Launch, events: DriverEvents): Driver {
  const prompts = openPrompts()
  let state = newTranslation(launch.before.costUsd, launch.before.tasks)
  let claude: OwnProcess | undefined
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
          isMessage,
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
    state: () => describe(state, claude?.gone() === true),
    isCrowded: (max) => isCrowded(launch.marker, max),
  }
}

function readRewound(result: RewindFilesResult, cwd: string): FilesRewound {
  if (!result.canRewind) throw new Error(result.error ?? 'no reason was given')
  const { filesChanged = [], insertions = 0, deletions = 0, skippedLinks = 0 } = result
  const changed = filesChanged.map((path) => (isInside(cwd, path) ? relative(cwd, path) : path))
  return { changed, insertions, deletions, skipped: skippedLinks }
}

function describe(
  { effective, tasks, costUsd, activity, backgroundTasks, outputFiles, run }: Translation,
  gone: boolean,
): DriverState {
  const errors = run?.started === false ? (run.result?.errors ?? []) : []
  return {
    effective,
    conversationId: effective.claudeSessionId,
    tasks,
    costUsd,
    gone,
    busy: activity === 'running' || backgroundTasks > 0,
    conversationMissing: errors.some((error) => MISSING.test(error)),
    spent: { costUsd: run?.costUsd ?? 0, turns: run?.turns ?? 0, usage: run?.usage ?? {} },
    limitReached: run?.result !== undefined && isBudgetEnd(run.result),
    outputFiles,
    modelRefused: run?.result !== undefined && isModelRefused(run.result),
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
  takeUp,
  fork,
  directories,
  settings,
  limits,
}: Launch): Options {
  const { maxTurns, maxBudgetUsd, appendSystemPrompt } = limits
  return {
    pathToClaudeCodeExecutable: executable,
    cwd,
    env: { ...env, ...(takeUp === true ? {} : LEAVE_DEFERRED_CALLS) },
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

/** Claude Code would make a deferred call anew at the next prompt, asked for or not. */
const LEAVE_DEFERRED_CALLS = { CLAUDE_CODE_DISABLE_DEFERRED_TOOL_RESUME: '1' }
