import type { Author, DecidedBody, DecisionBody, RequestBody, RequestItem, RequestState } from '@farhand/shared'
import { z } from 'zod'
import { budgetTexts, outcomeTexts as texts, requestTexts } from '../texts/requests.ts'
import { budgetOf } from './budget.ts'
import { mcpTool } from './mcp.ts'
import { dayAndTime, timeOfDay, wholeDuration } from './time.ts'

const optionSchema = z.looseObject({
  label: z.string(),
  description: z.string().optional(),
  preview: z.string().optional(),
})
const questionSchema = z.looseObject({
  question: z.string(),
  header: z.string().optional(),
  options: z.array(optionSchema).min(1),
  multiSelect: z.boolean().optional(),
})
const questionsSchema = z.looseObject({ questions: z.array(questionSchema).min(1) })
export type Question = z.infer<typeof questionSchema>

/** The questions that AskUserQuestion asks. Undefined: this is another input. */
export function questionsOf(input: Record<string, unknown>): Question[] | undefined {
  return questionsSchema.safeParse(input).data?.questions
}

export function planOf(request: RequestBody): string {
  const inInput = request.input['plan']
  return request.plan ?? (typeof inInput === 'string' ? inInput : '')
}

/** What a request asks for, as a heading. */
export function requestTitle(request: RequestBody): string {
  const { titles } = requestTexts
  if (request.type === 'plan') return titles.plan
  if (request.type === 'question') return titles.question
  if (budgetOf(request) !== undefined) return budgetTexts.title
  if (request.title !== undefined && request.title !== '') return request.title
  switch (request.tool) {
    case 'Bash':
      return titles.command
    case 'Write':
      return titles.write
    case 'Edit':
    case 'MultiEdit':
    case 'NotebookEdit':
      return titles.edit
    case 'Read':
      return titles.read
    case 'WebFetch':
      return titles.fetch
    default: {
      const known = mcpTool(request.tool)
      return known === undefined ? titles.use(request.tool) : titles.useFrom(known.tool, known.server)
    }
  }
}

const ruleSchema = z.looseObject({ toolName: z.string(), ruleContent: z.string().optional() })
const allowSchema = z.literal('allow').optional()
const suggestionSchema = z.union([
  z.looseObject({ type: z.literal('addRules'), rules: z.array(ruleSchema), behavior: allowSchema }),
  z.looseObject({ type: z.literal('setMode'), mode: z.string() }),
  z.looseObject({ type: z.literal('addDirectories'), directories: z.array(z.string()) }),
])

/**
 * What "this session" would allow, in words; a suggestion of another kind as it came, because it is granted as it came.
 * Empty: Claude Code offers no rule.
 */
export function suggestionText(request: RequestBody): string[] {
  return (request.suggestions ?? []).map((suggestion) => {
    const parsed = suggestionSchema.safeParse(suggestion)
    if (!parsed.success) return JSON.stringify(suggestion)
    switch (parsed.data.type) {
      case 'addRules':
        return parsed.data.rules
          .map(({ toolName, ruleContent }) =>
            ruleContent === undefined ? toolName : toolName === 'Bash' ? ruleContent : `${toolName}(${ruleContent})`,
          )
          .join(', ')
      case 'setMode':
        return parsed.data.mode === 'acceptEdits' ? 'edits' : `mode ${parsed.data.mode}`
      case 'addDirectories':
        return parsed.data.directories.join(', ')
      default:
        return parsed.data satisfies never
    }
  })
}

/** The one rule that "always" would add, as Claude Code writes it: `Bash(npm test:*)`. Undefined: it is not one rule. */
export function ruleOf(request: RequestBody): string | undefined {
  const [only, ...others] = request.suggestions ?? []
  const parsed = suggestionSchema.safeParse(only)
  if (others.length > 0 || !parsed.success || parsed.data.type !== 'addRules') return undefined
  const [rule, ...more] = parsed.data.rules
  if (rule === undefined || more.length > 0) return undefined
  return rule.ruleContent === undefined ? rule.toolName : `${rule.toolName}(${rule.ruleContent})`
}

/** How a request ended. `applied`: it has had its effect; undefined where there is none to have. */
export type Outcome = { text: string; at: number; applied?: boolean }

/** Undefined while it is open. Pure. */
export function outcomeOf(item: RequestItem): Outcome | undefined {
  const { state } = item
  switch (state.name) {
    case 'open':
      return undefined
    case 'decided': {
      const text = `${verb(item, state, state.at)}${byWhom(state.by)}${because(state.message)}`
      return { text, at: state.at, applied: false }
    }
    case 'resolved':
      return resolvedOutcome(item, state)
    default:
      return state satisfies never
  }
}

/** What a person, or what stood in for one, has said so far. Undefined: nothing. */
export function decidedOn(state: RequestState): 'allow' | 'deny' | undefined {
  if (state.name === 'open') return undefined
  return state.name === 'resolved' ? state.resolution.behavior : state.behavior
}

function resolvedOutcome(item: RequestItem, state: Extract<RequestState, { name: 'resolved' }>): Outcome {
  const { resolution, at, by, message } = state
  const { outcome, behavior = 'allow', standIn } = resolution
  if (outcome === 'expired') return { text: texts.expired, at }
  if (outcome === 'cancelled') {
    const why = message ?? (by === undefined ? texts.endedBefore : texts.endedBeforeApplied(byWhom(by)))
    return { text: texts.cancelled(why), at }
  }
  if (standIn !== undefined) return { text: standInText({ behavior, standIn }, at), at, applied: true }
  return { text: `${verb(item, resolution, at)}${byWhom(by)}${because(message)}`, at, applied: true }
}

/** For its record: `Allowed once by Owner, Pixel 9 · 3 s ago · applied`; without `now`, or later, with the time of day. */
export function outcomeText(item: RequestItem, now?: number): string | undefined {
  const outcome = outcomeOf(item)
  if (outcome === undefined) return undefined
  const { text, at, applied } = outcome
  const age = now === undefined ? RECENT_MS : Math.max(0, now - at)
  const when = age < RECENT_MS ? texts.ago(Math.floor(age / 1000)) : timeOfDay(at)
  const effect = applied === undefined ? [] : [applied ? texts.applied : texts.notApplied]
  return [text, when, ...effect].join(' · ')
}

/** For so long it is said how long ago something was. */
export const RECENT_MS = 60_000

function because(message: string | undefined): string {
  return message === undefined || message === '' ? '' : `: “${message}”`
}

type Decided = Pick<DecisionBody, 'scope' | 'rule' | 'forMs'> & {
  behavior?: DecisionBody['behavior'] | undefined
  until?: number | undefined
}

function verb(item: RequestItem, { behavior, scope, rule, forMs, until }: Decided, at: number): string {
  if (item.request.type === 'question') return behavior === 'deny' ? 'Not answered' : 'Answered'
  if (item.request.type === 'plan') return behavior === 'deny' ? 'Changes requested' : 'Plan approved'
  if (behavior === undefined) return 'Decided'
  if (budgetOf(item.request) !== undefined) return behavior === 'deny' ? budgetTexts.stopped : budgetTexts.wentOn
  if (behavior === 'deny') return 'Denied'
  const own = rule === undefined ? '' : ` ‘${ruleText(rule)}’`
  if (until !== undefined) return texts.allowedUntil(own, dayAndTime(until, at))
  if (forMs !== undefined) return texts.allowedFor(own, wholeDuration(forMs))
  return scope === 'session'
    ? texts.allowedSession(own)
    : scope === 'always'
      ? texts.allowedAlways(own)
      : texts.allowedOnce
}

/** What decided in the place of a person: `Allowed by the grant ‘git push*’ until 14:20, given by Anna`. Pure. */
export function standInText({ behavior, standIn }: Pick<DecidedBody, 'behavior' | 'standIn'>, at: number): string {
  const did = behavior === 'allow' ? texts.allowed : texts.denied
  switch (standIn.type) {
    case 'grant':
      return texts.byGrant(did, ruleText(standIn.rule), dayAndTime(standIn.until, at), standIn.by.name)
    case 'policy': {
      const line = /:(\d+)$/.exec(standIn.source)?.[1]
      return line === undefined
        ? texts.byBuiltIn(did, ruleText(standIn.rule))
        : texts.byPolicy(did, line, ruleText(standIn.rule))
    }
    default:
      return standIn satisfies never
  }
}

/** A command's rule says enough without its tool. */
function ruleText(rule: string): string {
  return /^Bash\((.+)\)$/s.exec(rule)?.[1] ?? rule
}

/** ` by Anna, Pixel 9`, to stand behind a verb. Empty: nobody is named. */
export function byWhom(author: Author | undefined): string {
  if (author === undefined) return ''
  return ` by ${[author.name, author.device].filter((part) => part !== undefined).join(', ')}`
}
