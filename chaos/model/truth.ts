import type { CommandResponse } from '@farhand/shared'

/**
 * What really happened, seen from outside of all processes: nothing here is lost in a crash, and no process reads it.
 * The invariants compare it with what the processes and their disks say.
 */
export type Truth = {
  /** How often the fake Claude was handed a command. */
  executions: Map<string, number>
  /** What it said for a command, line by line. */
  lines: Map<string, string[]>
  /** Which commands it answered to their end. */
  completed: Set<string>
  /** Responses that reached the agent's disk: session → n → what they were. */
  produced: Map<string, Map<number, CommandResponse>>
  /** Commands whose sender was told that they are accepted, and at which seq. */
  acknowledged: Map<string, { sessionId: string; seq: number }>
  /** Inputs other than commands whose sender was told so. */
  acknowledgedInputs: Map<string, { sessionId: string; seq: number; kind: string; key: string; browser: number }>
  /** Commands that a browser had on its disk, in the order of typing, by browser. */
  typed: Map<number, { commandId: string; sessionId: string }[]>
  /** Decisions that an agent applied, by request. */
  applied: Map<string, { digest: string; by: string }[]>
  /** With which text the fake Claude was handed a command. */
  ranAs: Map<string, string>
  /** Changes of what waits that an agent had on its disk in the moment in which it had their command. */
  arrangedInTime: Set<string>
  /** Commands that an agent knew to be cancelled before it began them. */
  cancelledBeforeStart: Set<string>
  /** Set when a store was replaced by an older copy: what was acknowledged after that copy may be gone. */
  restored: boolean
  /** Set when two agents shared one identity. */
  cloned: boolean
  /** Rules that were seen broken while things went on. */
  broken: Violation[]
  steps: number
}

export type Violation = { invariant: string; message: string }

export function newTruth(): Truth {
  return {
    executions: new Map(),
    lines: new Map(),
    completed: new Set(),
    produced: new Map(),
    acknowledged: new Map(),
    acknowledgedInputs: new Map(),
    typed: new Map(),
    applied: new Map(),
    ranAs: new Map(),
    arrangedInTime: new Set(),
    cancelledBeforeStart: new Set(),
    restored: false,
    cloned: false,
    broken: [],
    steps: 0,
  }
}

export function note(truth: Truth, invariant: string, message: string): void {
  truth.broken.push({ invariant, message })
}
