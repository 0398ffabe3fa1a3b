import type { Author, DecisionBody, RequestBody, RequestItem } from '@farhand/shared'
import { z } from 'zod'
import { budgetTexts, requestTexts } from '../texts/requests.ts'
import { budgetOf } from './budget.ts'
import { mcpTool } from './mcp.ts'
import { timeOfDay } from './time.ts'

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

/** How a request ended, for its record: `Allowed once by Owner · Pixel 9 · 10:43`. Undefined while it is open. */
export function outcomeText(item: RequestItem): string | undefined {
  const { state } = item
  if (state.name === 'open') return undefined
  const when = timeOfDay(state.at)
  if (state.name === 'resolved' && state.resolution.outcome !== 'applied') {
    return state.resolution.outcome === 'expired'
      ? `Expired · ${when}`
      : `Cancelled: the run ended before an answer · ${when}`
  }
  const behavior = state.name === 'resolved' ? state.resolution.behavior : state.behavior
  const scope = state.name === 'resolved' ? state.resolution.scope : state.scope
  const reason = state.message === undefined || state.message === '' ? '' : `: “${state.message}”`
  return `${verb(item, behavior, scope)}${byWhom(state.by)}${reason} · ${when}`
}

function verb(item: RequestItem, behavior: DecisionBody['behavior'] | undefined, scope: DecisionBody['scope']): string {
  if (item.request.type === 'question') return behavior === 'deny' ? 'Not answered' : 'Answered'
  if (item.request.type === 'plan') return behavior === 'deny' ? 'Changes requested' : 'Plan approved'
  if (behavior === undefined) return 'Decided'
  if (budgetOf(item.request) !== undefined) return behavior === 'deny' ? budgetTexts.stopped : budgetTexts.wentOn
  if (behavior === 'deny') return 'Denied'
  return scope === 'session' ? 'Allowed for this session' : scope === 'always' ? 'Always allowed' : 'Allowed once'
}

/** ` by Anna, Pixel 9`, to stand behind a verb. Empty: nobody is named. */
export function byWhom(author: Author | undefined): string {
  if (author === undefined) return ''
  return ` by ${[author.name, author.device].filter((part) => part !== undefined).join(', ')}`
}
