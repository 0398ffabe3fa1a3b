import type { RequestBody } from '@farhand/shared'
import { z } from 'zod'
import { budgetTexts as texts } from '../texts/requests.ts'
import { dollars } from './money.ts'
import { plural } from './text.ts'

const MINUTE_MS = 60_000

const budgetSchema = z.object({
  scope: z.enum(['session', 'project']),
  what: z.enum(['cost', 'turns', 'time']),
  limit: z.number().nonnegative(),
  spent: z.number().nonnegative(),
})
/** A limit that is used up. Of time in milliseconds, of cost in dollars. */
export type Budget = z.infer<typeof budgetSchema>

/** What the agent asks when a budget is used up. It is no tool of Claude's, but asked for like one. */
export function budgetOf({ tool, input }: RequestBody): Budget | undefined {
  return tool === 'Budget' ? budgetSchema.safeParse(input).data : undefined
}

/** `This session has used $1.02 of $1.00.` Pure. */
export function tellBudget(budget: Budget): string {
  const { scope, what, limit, spent } = budget
  const whose = scope === 'session' ? texts.session : texts.project
  return texts.used(whose, amount(what, spent), amount(what, limit))
}

/** The limit alone: `$1.00`, `10 turns`, `30 minutes`. Pure. */
export function tellLimit({ what, limit }: Budget): string {
  return amount(what, limit)
}

function amount(what: Budget['what'], value: number): string {
  switch (what) {
    case 'cost':
      return dollars(value)
    case 'turns':
      return plural(value, 'turn')
    case 'time':
      return plural(Math.round(value / MINUTE_MS), 'minute')
    default:
      return what satisfies never
  }
}
