import { randomUUID } from 'node:crypto'
import { FarhandError, type AgentCommand, type Usage } from '@farhand/shared'
import { budgetQuestion } from '../budget/accounts.ts'
import { afterLimit, capped, exceeded, lessUsed, type Overrun } from '../budget/budget.ts'
import type { Driver, Used } from '../driver/driver.ts'
import type { Ending } from '../driver/ending.ts'
import { isOver, refusal, type Run, type RunnerState } from './runState.ts'

/**
 * Before a prompt is handed over: the command with no more than what is left, once there is something left. Where nothing is,
 * a person is asked, as long as it takes.
 * @throws FarhandError `BUDGET_EXCEEDED`
 */
export async function withinBudget(state: RunnerState, input: AgentCommand): Promise<AgentCommand> {
  for (;;) {
    const { left, over } = state.accounts.look(input)
    if (over === undefined) {
      const options = capped(input.options, left)
      if (state.run !== undefined) {
        state.run.handed = options
        state.accounts.handOut(input, options.maxBudgetUsd)
      }
      return { ...input, options }
    }
    await askToGoOn(state, input, over)
  }
}

/** Never rejects. The run is over, but where the budget ended the turn a person is asked whether it is to go on. */
export async function endTurn(
  state: RunnerState,
  { ending, driver }: { ending: Ending; driver: Driver | undefined },
  finish: (ending: Ending) => void,
): Promise<void> {
  const { run } = state
  if (run === undefined || run.overrun === true) return
  account(state, run, driver)
  if (!stoppedByBudget(state, run, driver)) return finish(ending)
  run.overrun = true
  try {
    await goOnAfter(state, run)
    run.overrun = false
  } catch (error) {
    if (state.run === run) finish({ type: 'refused', error: refusal(state, error) })
  }
}

/** What the run has used since it was last looked at. `ended`: how long it worked, now that it is over. */
export function account(state: RunnerState, run: Run, driver: Driver | undefined, ended?: { ms: number }): void {
  const now: Used = driver?.state().spent ?? NOTHING
  const before: Used = run.accounted ?? NOTHING
  run.accounted = now
  const spent = {
    costUsd: more(now.costUsd, before.costUsd),
    turns: more(now.turns, before.turns),
    ms: ended?.ms ?? 0,
  }
  const runs = ended !== undefined && run.begun ? 1 : 0
  const isTold = now.turns > 0 || run.used !== undefined
  const counted = { runs, untold: isTold ? 0 : runs, ...tokensSince(before.usage, now.usage) }
  if (spent.costUsd > 0 || spent.turns > 0 || spent.ms > 0 || runs > 0)
    state.accounts.add(run.item.input, { ...spent, counted })
}

function tokensSince(before: Usage = {}, now: Usage = {}) {
  return {
    inputTokens: more(now.inputTokens, before.inputTokens),
    outputTokens: more(now.outputTokens, before.outputTokens),
    cacheReadTokens: more(now.cacheReadTokens, before.cacheReadTokens),
    cacheCreationTokens: more(now.cacheCreationTokens, before.cacheCreationTokens),
  }
}

function more(now = 0, before = 0): number {
  return Math.max(0, now - before)
}

/** Whether Claude Code stopped because of what it was handed, and not because it was done or reached the command's own limit. */
function stoppedByBudget(state: RunnerState, run: Run, driver: Driver | undefined): boolean {
  const { spent: used, limitReached } = driver?.state() ?? {}
  if (run.stop !== undefined || limitReached !== true || used === undefined) return false
  const own = lessUsed(run.item.input.options, run.used ?? NOTHING)
  return afterLimit({ own, handed: run.handed ?? {}, used }, state.accounts.look(run.item.input).over) !== 'end'
}

/**
 * In the middle of a run: asks where the budget is used up, and goes on in a new process, with what is left then.
 * @throws FarhandError `BUDGET_EXCEEDED`, or why the process could not be started
 */
async function goOnAfter(state: RunnerState, run: Run): Promise<void> {
  const { input } = run.item
  const before = run.used ?? NOTHING
  const { costUsd, turns } = run.accounted ?? NOTHING
  run.used = { costUsd: before.costUsd + costUsd, turns: before.turns + turns }
  state.accounts.giveBack(state.sessionId)
  // What was imported, and where it begins, was done at the beginning.
  const { resume: _resume, resumeBefore: _before, fork: _fork, ...options } = input.options
  const next = await withinBudget(state, { ...input, options: lessUsed(options, run.used) })
  if (isOver(state, run) || run.directory === undefined) throw new FarhandError('CANCELLED')
  const driver = await state.conversation.ready({ ...next, inputId: randomUUID() }, run.directory)
  if (isOver(state, run)) throw new FarhandError('CANCELLED')
  run.accounted = NOTHING
  driver.prompt({ id: randomUUID(), content: GO_ON })
}

const NOTHING = { costUsd: 0, turns: 0 }
const GO_ON = 'Go on where you were stopped.'

async function askToGoOn(state: RunnerState, input: AgentCommand, over: Overrun): Promise<void> {
  // A cancel that came before has taken back what was open then, and nobody would take this back.
  if (state.run?.stop !== undefined) throw new FarhandError('CANCELLED')
  const endOfRun = new AbortController().signal // never: the end of the run takes the question back by itself
  const { behavior } = await state.requests.open(budgetQuestion(over), endOfRun)
  if (behavior !== 'allow') throw exceeded(over)
  state.accounts.raise(input, over)
}
