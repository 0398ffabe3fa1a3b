import { isOver } from './reduce.ts'
import type { Run, Timeline } from './timeline.ts'

/** The run that Claude works on, if any: the first that is neither waiting nor over. */
export function activeRun({ runs }: Timeline): Run | undefined {
  for (const run of runs.values()) if (run.state.name === 'running' || run.state.name === 'stopping') return run
  return undefined
}

/** The command that Stop ends: the one at work, else the oldest that waits. */
export function stoppableCommand(timeline: Timeline): string | undefined {
  const open = [...timeline.runs.values()].find((run) => !isOver(run.state))
  return (activeRun(timeline) ?? open)?.commandId
}
