import { createHash } from 'node:crypto'
import { canonicalJson, type DecisionBody, type RequestBody } from '@farhand/shared'
import { fitKey } from './fit.ts'

/** What a coding agent asks before it runs a tool, and what is shown of it. */
export type ToolQuestion = {
  tool: string
  /** What it is about to run, or to ask. */
  input: Record<string, unknown>
  /** @default permission */
  type?: RequestBody['type']
  options: QuestionOptions
  /** Its own record of the conversation, where a later process can take up the call from there. */
  transcript?: string
  /** Where it is: a shell may have gone elsewhere. */
  cwd?: string
  /** A plan's text, where it is about one. */
  plan?: string
}

export type QuestionOptions = {
  requestId: string
  toolUseID: string
  /** What "always" would mean, in its own words; they are shown, and come back with the answer. */
  suggestions?: Suggestion[]
  title?: string
  description?: string
  decisionReason?: string
  defaultToNo?: boolean
  suppressAlwaysAllowRule?: boolean
  /** The subagent that makes the call. */
  agentID?: string
}

export type Suggestion = NonNullable<RequestBody['suggestions']>[number]

/** A person's decision, or why nobody can decide any more. */
export type Answer = Allowed | { behavior: 'deny'; message: string; interrupt?: boolean }

export type Allowed = {
  behavior: 'allow'
  /** What is to be run, with what the person changed and answered. */
  updatedInput: Record<string, unknown>
  /** For longer than this call: what was suggested, or a rule of the person's own. */
  lasting?: { scope: 'session' | 'always'; suggestions: Suggestion[]; rule?: string }
}

/** The request as observers see it. Pure. */
export function requestBody({ tool, input, type = 'permission', options, plan }: ToolQuestion): RequestBody {
  const shown = plan === undefined ? input : { ...input, plan }
  const { title, description, decisionReason, suggestions } = options
  return {
    requestId: fitKey(options.requestId),
    digest: digestOf(tool, shown),
    type,
    toolUseId: options.toolUseID,
    tool,
    input: shown,
    ...(plan === undefined ? {} : { plan }),
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(decisionReason === undefined ? {} : { reason: decisionReason }),
    ...(suggestions === undefined || options.suppressAlwaysAllowRule === true ? {} : { suggestions }),
    ...(options.defaultToNo === true ? { defaultToNo: true } : {}),
  }
}

/** Of the whole input, also where what is shown of it had to be cut. */
export function digestOf(tool: string, input: Record<string, unknown>): string {
  return createHash('sha256').update(canonicalJson({ tool, input })).digest('hex')
}

/** A person's decision as a driver takes it. Pure. */
export function answerOf({ input, options }: ToolQuestion, decision: DecisionBody): Answer {
  const { behavior, scope, rule, message, stop } = decision
  if (behavior === 'deny') {
    return {
      behavior,
      message: message ?? (stop === true ? STOPPED : DENIED),
      ...(stop === true ? { interrupt: true } : {}),
    }
  }
  const lasts = (scope === 'session' || scope === 'always') && options.suppressAlwaysAllowRule !== true
  return {
    behavior,
    updatedInput: {
      ...input,
      ...decision.updatedInput,
      ...(decision.answers === undefined ? {} : { answers: decision.answers }),
    },
    ...(lasts
      ? { lasting: { scope, suggestions: options.suggestions ?? [], ...(rule === undefined ? {} : { rule }) } }
      : {}),
  }
}

const DENIED = 'The person who watches this session did not allow this.'
const STOPPED = 'The person who watches this session did not allow this and stopped the run.'
