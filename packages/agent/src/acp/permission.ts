import type { Answer, ToolQuestion } from '../driver/question.ts'
import type { Judgement } from '../policy/decide.ts'
import type { DescribedCall } from './describeCall.ts'
import type { Permission } from './messages.ts'

/** What an ACP agent is answered: one of its own options, or that nobody chose. */
export type Choice = { outcome: 'cancelled' } | { outcome: 'selected'; optionId: string }

type Options = Permission['options']

/** What people are asked. What "always" means is the agent's own, so its words are shown. Pure. */
export function questionOf(
  { tool, input }: DescribedCall,
  { options, toolCall }: Permission,
  ids: { requestId: string; toolUseId: string },
  reason: string | undefined,
): ToolQuestion {
  const suggestions = options.filter(({ kind }) => kind === 'allow_always').map(({ name }) => ({ type: name }))
  const { description } = input
  const plan = toolCall.kind === 'switch_mode' ? planOf(toolCall) : undefined
  return {
    tool,
    input,
    options: {
      requestId: ids.requestId,
      toolUseID: ids.toolUseId,
      ...(typeof description === 'string' ? { description } : {}),
      ...(reason === undefined ? {} : { decisionReason: reason }),
      ...(suggestions.length === 0 ? { suppressAlwaysAllowRule: true } : { suggestions }),
    },
    ...(plan === undefined ? {} : { plan, type: 'plan' }),
  }
}

/** An agent that asks to leave its mode of planning shows the plan as what the call is about. */
function planOf({ content }: Permission['toolCall']): string | undefined {
  const texts = (content ?? []).flatMap((each) => (each.content?.type === 'text' ? (each.content.text ?? []) : []))
  return texts.length === 0 ? undefined : texts.join('\n')
}

/**
 * A person's answer as the agent takes it, and what of it the agent can't take. Nothing that was not decided is ever
 * chosen: not "always" for once, not the call as it was for one that was changed. Pure.
 */
export function choiceFor(answer: Answer, options: Options, unchanged: boolean): { choice: Choice; problem?: string } {
  if (answer.behavior === 'deny') return { choice: refusal(options) }
  if (!unchanged) return { choice: refusal(options), problem: NOT_CHANGEABLE }
  const once = options.find(({ kind }) => kind === 'allow_once')
  const always = options.find(({ kind }) => kind === 'allow_always')
  const allowed = answer.lasting === undefined ? once : (always ?? once)
  if (allowed === undefined) return { choice: refusal(options), problem: NOT_OFFERED }
  return { choice: { outcome: 'selected', optionId: allowed.optionId } }
}

/** For this call alone: "never again" is nothing that anybody here was asked. */
export function refusal(options: Options): Choice {
  const reject = options.find(({ kind }) => kind === 'reject_once')
  return reject === undefined ? { outcome: 'cancelled' } : { outcome: 'selected', optionId: reject.optionId }
}

const NOT_CHANGEABLE =
  'This ACP agent runs a call as it asked for it or not at all, so the changed one was not allowed.'
const NOT_OFFERED = 'This ACP agent does not offer to allow this call alone, so it was not allowed.'

/** One of the calls that the policy was asked about. */
export type Judged = { tool: string; verdict: Judgement | undefined }

/**
 * What the policy says of a call that is several in its eyes: any of them may deny or ask, and all that go by the tool's
 * own name have to be allowed. Where what the agent would do stands in a title alone, nothing is allowed by it. Pure.
 */
export function combine(calls: readonly Judged[], certain: boolean): Judged['verdict'] {
  const verdicts = calls.flatMap(({ verdict }) => verdict ?? [])
  const stricter = verdicts.find(({ verb }) => verb === 'deny') ?? verdicts.find(({ verb }) => verb === 'ask')
  if (stricter !== undefined) return stricter
  const [first] = calls
  const own = calls.filter(({ tool }) => tool === first?.tool)
  return certain && own.every(({ verdict }) => verdict?.verb === 'allow') ? first?.verdict : undefined
}
