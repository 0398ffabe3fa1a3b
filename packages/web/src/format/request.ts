import type { Author, DecisionBody, RequestBody, RequestItem } from '@farhand/shared'
import { z } from 'zod'
import { timeOfDay } from './time.ts'

const optionSchema = z.looseObject({ label: z.string(), description: z.string().optional() })
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
  if (request.type === 'plan') return 'Plan ready to review'
  if (request.type === 'question') return 'Claude asks'
  if (request.title !== undefined && request.title !== '') return request.title
  switch (request.tool) {
    case 'Bash':
      return 'Claude wants to run a command'
    case 'Write':
      return 'Claude wants to write a file'
    case 'Edit':
    case 'MultiEdit':
    case 'NotebookEdit':
      return 'Claude wants to edit a file'
    case 'Read':
      return 'Claude wants to read a file'
    case 'WebFetch':
      return 'Claude wants to fetch a web page'
    default:
      return `Claude wants to use ${request.tool}`
  }
}

const ruleSchema = z.looseObject({ toolName: z.string(), ruleContent: z.string().optional() })
const suggestionSchema = z.union([
  z.looseObject({ type: z.literal('addRules'), rules: z.array(ruleSchema) }),
  z.looseObject({ type: z.literal('setMode'), mode: z.string() }),
  z.looseObject({ type: z.literal('addDirectories'), directories: z.array(z.string()) }),
])

/** What "this session" would allow, in words. Empty: Claude Code offers no rule. */
export function suggestionText(request: RequestBody): string[] {
  return (request.suggestions ?? []).map((suggestion) => {
    const parsed = suggestionSchema.safeParse(suggestion)
    if (!parsed.success) return suggestion.type
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
  const scope = state.name === 'resolved' ? state.resolution.scope : undefined
  const reason = state.message === undefined || state.message === '' ? '' : `: “${state.message}”`
  return `${verb(item, behavior, scope)}${by(state.by)}${reason} · ${when}`
}

function verb(item: RequestItem, behavior: DecisionBody['behavior'] | undefined, scope: DecisionBody['scope']): string {
  if (item.request.type === 'question') return behavior === 'deny' ? 'Not answered' : 'Answered'
  if (item.request.type === 'plan') return behavior === 'deny' ? 'Changes requested' : 'Plan approved'
  if (behavior === undefined) return 'Decided'
  if (behavior === 'deny') return 'Denied'
  return scope === 'session' ? 'Allowed for this session' : scope === 'always' ? 'Always allowed' : 'Allowed once'
}

function by(author: Author | undefined): string {
  if (author === undefined) return ''
  return ` by ${[author.name, author.device].filter((part) => part !== undefined).join(', ')}`
}
