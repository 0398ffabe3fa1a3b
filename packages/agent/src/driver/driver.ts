import type { RunStartedBody, ShownImage, Task, Usage } from '@farhand/shared'
import type { Judgement } from '../policy/decide.ts'
import type { Lifeline } from '../process/lifeline.ts'
import type { MalformedLine } from '../process/lines.ts'
import type { EndHow, Exit, Patience, PressingSignal } from '../process/process.ts'
import type { NewResponse } from '../spool/outbox.ts'
import type { Settings } from '../spool/sessionRecords.ts'
import type { Codes, Ending } from './ending.ts'
import type { Answer, ToolQuestion } from './question.ts'

/**
 * The boundary between sessions and whatever answers in them. Sessions know commands, requests and responses; a driver
 * makes those out of what one coding agent says, and knows nothing of queues, spools or people.
 */

/** A coding agent that can answer on this machine: Claude Code, or any that speaks the Agent Client Protocol. */
export type Coder = {
  /** For people. Some say it themselves, so it may be another one after the first start. */
  name(): string
  /** Whose conversations it goes on with; another one's mean nothing to it. */
  owns(conversationId: string): boolean
  abilities: Abilities
  codes: Codes
  /**
   * Where it is and what it gets to see, looked up at each start so that an installation is noticed.
   * @throws FarhandError with `codes.notFound`
   */
  program(): Program
  /**
   * Starts a process of it. Nothing of this throws later: what goes wrong is told by `exited`.
   * @throws Error where the process can't even be set up
   */
  start(launch: Launch, events: DriverEvents): Driver
}

/** What sessions don't ask of one that can't. */
export type Abilities = {
  /** Goes back to before a prompt, and puts files back. */
  rewind: boolean
  /** Takes over a conversation that was held outside of Farhand, or a copy of it. */
  takeOver: boolean
}

export type Program = {
  executable: string
  /** Before all that a driver adds. */
  args?: readonly string[]
  env: Readonly<Record<string, string>>
}

/** One process with one conversation, which may answer many commands. */
export type Driver = {
  /** Hands a prompt over; what follows belongs to it until `turnOver` or `exited`. */
  prompt(prompt: Prompt): void
  /** For a conversation that goes on by itself, with a call that waited: what follows belongs to the command it was of. */
  goOn(): void
  /** The terminal response of the command that was handed over last. */
  finish(ending: Ending, durationMs: number): NewResponse
  /** Stops what it is doing; the conversation goes on. */
  interrupt(): Promise<void>
  /** For what follows. Rejects where it refuses. */
  apply(settings: Settings): Promise<void>
  /** Puts files back to how they were before a prompt, or says what that would change. Rejects where it can't be done. */
  rewindFiles(promptId: string, options: { dryRun: boolean }): Promise<FilesRewound>
  /** Ends the process and all that it started. */
  end(how: EndHow, patience?: Patience): Promise<Exit>
  state(): DriverState
  /** Whether it has started more processes than that. */
  isCrowded(max: number): boolean
}

/** What is handed over: its id is what one goes back to before. */
export type Prompt = { id: string; content: string | PromptBlock[] }
export type PromptBlock =
  | { type: 'text'; text: string }
  | { type: 'image'; source: { type: 'base64'; media_type: ShownImage; data: string } }

/** Files by their path below the working directory, where they are below it. `skipped`: links, which are left alone. */
export type FilesRewound = { changed: string[]; insertions: number; deletions: number; skipped: number }

export type DriverState = {
  /** What it last said that it works with. */
  effective: RunStartedBody
  /** What it is told to go on with the conversation later. */
  conversationId: string | undefined
  tasks: readonly Task[]
  costUsd: number
  /** The process has ended; `exited` follows when all that it started has. */
  gone: boolean
  /** It works, or something that it started in the background does. */
  busy: boolean
  /** It does not have the conversation that it was to go on with. */
  conversationMissing: boolean
  /** What the command that was handed over last has used. */
  spent: Used
  /** It ended because it was to use no more than that. */
  limitReached: boolean
  /** Where commands in the background write to, by the ids of their tasks. */
  outputFiles: Readonly<Record<string, string>>
  /** It ended because there is no such model, or none for this account. */
  modelRefused: boolean
}

/** `usage` is left out by one that does not tell it. */
export type Used = { costUsd: number; turns: number; usage?: Usage }

export type DriverEvents = GateEvents & {
  said(responses: NewResponse[]): void
  /** A sign of life with nothing to tell. */
  alive(): void
  /** Each message as it came, where somebody looks at their shapes. */
  heard?(message: unknown): void
  /** The command was answered to its end. */
  turnOver(): void
  malformed(line: MalformedLine): void
  /** It did not end when it was asked to, and gets this signal now. */
  pressed(signal: PressingSignal): void
  /** The last event: the process and all that it started are gone. */
  exited(exit: Exit): void
}

/** What stands between a coding agent and its tools: the policy, in every mode, and the people who are asked. */
export type GateEvents = {
  /** Before a call is made. `undefined`: its own rules decide. */
  judge(call: JudgedCall): Judgement | undefined
  /** A call is made, or is not, because of this alone: nobody is asked. */
  decided(toolUseId: string, judgement: Judgement): void
  /** The answer decides whether the tool runs. `signal` aborts when nobody waits for it any more. */
  asked(question: ToolQuestion, signal: AbortSignal): Promise<Answer>
  /** A fault of ours, while something that it said was looked at. */
  stumbled(error: unknown): void
}

/** A call that is about to be made. */
export type JudgedCall = { toolUseId: string; tool: string; input: Record<string, unknown>; cwd: string }

export type Launch = Program & {
  cwd: string
  /** A value that no other process carries. */
  marker: string
  /** Left out: the process may outlive the agent. */
  lifeline?: Lifeline | undefined
  /** The conversation to go on with. */
  resume?: string
  /** It takes up a call that waited for a person; every other start leaves such a call alone. */
  takeUp?: boolean
  /** What may be read beside the working directory. */
  directories: readonly string[]
  /** The last message that is kept of it. */
  resumeAt?: string
  fork?: boolean
  settings: Settings
  limits: { maxTurns?: number; maxBudgetUsd?: number; appendSystemPrompt?: string }
  /** What the conversation has cost before, and its task list. */
  before: { costUsd: number; tasks: readonly Task[] }
}
