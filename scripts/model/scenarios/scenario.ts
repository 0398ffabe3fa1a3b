import type { Conversation } from '../conversation.ts'
import type { Reply } from '../reply.ts'

/** A conversation as a list of turns: the first answers the prompt, each other one follows a tool's result. */
export type Scenario = {
  name: string
  /** What to type to see it, and what there is to see. Scenarios without it are not suggested. */
  suggestion?: { say: string; shows: string }
  matches: RegExp
  when?(conversation: Conversation): boolean
  turns: Turn[]
}

export type Turn = Reply | ((scene: Scene) => Reply)

export type Scene = Conversation & {
  /** The groups of `matches`. */
  groups: (string | undefined)[]
  /** 1 unless Claude Code repeats a request that was refused. */
  attempt: number
}

/** An absolute path where Claude Code said where it works. */
export function pathIn(scene: Scene, file: string): string {
  return scene.cwd === undefined || file.startsWith('/') ? file : `${scene.cwd}/${file}`
}

export function lastResult(scene: Scene): string {
  return scene.calls.at(-1)?.result?.text ?? ''
}
