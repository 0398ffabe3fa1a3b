import { randomUUID } from 'node:crypto'
import type { AgentCommand } from '@farhand/shared'
import { budgetQuestion } from '../budget/accounts.ts'
import { capped, exceeded, type Overrun } from '../budget/budget.ts'
import type { Driver } from '../claude/driver.ts'
import type { Run, RunnerState } from './runState.ts'

/** Nobody but the end of the run takes the question back. */
const NEVER = new AbortController().signal

/**
 * Before a prompt is handed over: the command with no more than what is left, once there is something left. Where nothing is,
 * a person is asked, as long as it takes.
 * @throws FarhandError `BUDGET_EXCEEDED`
 */
export async function withinBudget(state: RunnerState, input: AgentCommand): Promise<AgentCommand> {
  for (;;) {
    const { left, over } = state.accounts.look(input)
    if (over === undefined) return { ...input, options: capped(input.options, left) }
    await askToGoOn(state, input, over)
  }
}

/** What the run has used since it was last looked at. */
export function account(state: RunnerState, run: Run, driver: Driver | undefined, ms = 0): void {
  const { costUsd, turns } = driver?.state().spent ?? { costUsd: 0, turns: 0 }
  const before = run.accounted ?? { costUsd: 0, turns: 0 }
  const spent = { costUsd: Math.max(0, costUsd - before.costUsd), turns: Math.max(0, turns - before.turns), ms }
  run.accounted = { costUsd, turns }
  if (spent.costUsd > 0 || spent.turns > 0 || ms > 0) state.accounts.add(run.item.input, spent)
}

/** Claude Code stopped where the budget ends, not where the command's own limit does. */
export function budgetIsOver(state: RunnerState, run: Run, driver: Driver | undefined): Overrun | undefined {
  if (run.stop !== undefined || driver?.state().limitReached !== true) return undefined
  return state.accounts.look(run.item.input).over
}

/**
 * In the middle of a run: asks, and goes on in a new process, with what is left then.
 * @throws FarhandError `BUDGET_EXCEEDED`, or why the process could not be started
 */
export async function goOnAfter(state: RunnerState, run: Run, over: Overrun): Promise<void> {
  const { input } = run.item
  await askToGoOn(state, input, over)
  // What was imported, and where it begins, was done at the beginning.
  const { resume: _resume, resumeBefore: _before, fork: _fork, ...options } = input.options
  const next = await withinBudget(state, { ...input, options })
  if (state.run !== run || run.stop !== undefined || run.directory === undefined) throw exceeded(over)
  const driver = await state.conversation.ready({ ...next, inputId: randomUUID() }, run.directory)
  run.accounted = { costUsd: 0, turns: 0 }
  driver.prompt({ id: randomUUID(), content: GO_ON })
}

const GO_ON = 'Go on where you were stopped.'

async function askToGoOn(state: RunnerState, input: AgentCommand, over: Overrun): Promise<void> {
  const { behavior } = await state.requests.open(budgetQuestion(over), NEVER)
  if (behavior !== 'allow') throw exceeded(over)
  state.accounts.raise(input, over)
}
