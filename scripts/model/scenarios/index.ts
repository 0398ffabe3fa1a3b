import { apiError, slow, think } from './answers.ts'
import { attached } from './attached.ts'
import { append, bigOutput, tests } from './commands.ts'
import { edit } from './edit.ts'
import { echo, lines, markedLines, write } from './exact.ts'
import { plan, planInPlanMode } from './plan.ts'
import { question } from './question.ts'
import type { Scenario } from './scenario.ts'
import { subagent, subagentsWork } from './subagent.ts'
import { tasks } from './tasks.ts'
import { welcome } from './welcome.ts'

/** The first that matches is played, so what is exact stands before what is loose. */
const SPECIAL: readonly Scenario[] = [
  subagentsWork,
  attached,
  echo,
  lines,
  markedLines,
  write,
  append,
  apiError,
  bigOutput,
  subagent,
  question,
  planInPlanMode,
  plan,
  tasks,
  slow,
  think,
  edit,
  tests,
]

/** In the order in which a newcomer may try them. */
const TOUR = [edit, tests, question, plan, tasks, subagent, think, slow, apiError, bigOutput, write, lines, echo]

export const FALLBACK: Scenario = welcome(TOUR)
export const SCENARIOS: readonly Scenario[] = [...SPECIAL, FALLBACK]

/** What to type to see each kind of event. */
export const SUGGESTIONS = TOUR.flatMap((scenario) => scenario.suggestion ?? [])
