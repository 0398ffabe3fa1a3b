import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import type { CanUseTool, PermissionResult, PermissionUpdate } from '@anthropic-ai/claude-agent-sdk'
import { canonicalJson, type DecisionBody, type RequestBody } from '@farhand/shared'
import { cutText } from './fit.ts'

export type { PermissionResult } from '@anthropic-ai/claude-agent-sdk'

/** What Claude Code asks before it runs a tool, and what is shown of it. */
export type ToolQuestion = {
  tool: string
  /** What Claude Code is about to run, or to ask. */
  input: Record<string, unknown>
  options: Pick<
    Parameters<CanUseTool>[2],
    | 'requestId'
    | 'toolUseID'
    | 'suggestions'
    | 'title'
    | 'description'
    | 'decisionReason'
    | 'defaultToNo'
    | 'suppressAlwaysAllowRule'
    | 'agentID'
  >
  /** Claude Code's own record of the conversation. */
  transcript?: string
  /** A plan's text, where it is about one. */
  plan?: string
}

/** A plan longer than this is cut; nobody reads it on a phone. */
const MAX_PLAN_BYTES = 128 * 1024

/** The request as observers see it. Pure. */
export function requestBody({ tool, input, options, plan }: ToolQuestion): RequestBody {
  const shown = plan === undefined ? input : { ...input, plan }
  const { title, description, decisionReason, suggestions } = options
  return {
    requestId: options.requestId,
    digest: digestOf(tool, shown),
    type: tool === 'AskUserQuestion' ? 'question' : tool === 'ExitPlanMode' ? 'plan' : 'permission',
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

/** A person's decision as Claude Code wants it. Pure. */
export function permissionResult({ tool, input, options }: ToolQuestion, decision: DecisionBody): PermissionResult {
  if (decision.behavior === 'deny') {
    const message = decision.message ?? (decision.stop === true ? STOPPED : DENIED)
    return { behavior: 'deny', message, ...(decision.stop === true ? { interrupt: true } : {}) }
  }
  const updatedInput = {
    ...input,
    ...decision.updatedInput,
    ...(decision.answers === undefined ? {} : { answers: decision.answers }),
  }
  const updatedPermissions =
    options.suppressAlwaysAllowRule === true ? [] : permissionUpdates(tool, options.suggestions, decision)
  return { behavior: 'allow', updatedInput, ...(updatedPermissions.length === 0 ? {} : { updatedPermissions }) }
}

const DENIED = 'The person who watches this session did not allow this.'
const STOPPED = 'The person who watches this session did not allow this and stopped the run.'

/** `once` changes nothing for later; `session` is forgotten with the session; `always` is written where Claude Code says. */
function permissionUpdates(
  tool: string,
  suggestions: readonly PermissionUpdate[] | undefined,
  { scope, rule }: DecisionBody,
): PermissionUpdate[] {
  if (scope !== 'session' && scope !== 'always') return []
  const destination = scope === 'session' ? 'session' : 'localSettings'
  const own = rule === undefined ? undefined : parseRule(rule)
  // A rule that names another tool than the one asked for would grant what nobody was asked about.
  if (own !== undefined && own.toolName === tool) {
    return [{ type: 'addRules', rules: [own], behavior: 'allow', destination }]
  }
  return (suggestions ?? []).map((suggestion) =>
    scope === 'session' ? { ...suggestion, destination: 'session' } : suggestion,
  )
}

/** `Bash(npm test:*)` → tool and content. */
function parseRule(rule: string): { toolName: string; ruleContent?: string } | undefined {
  const match = /^([A-Za-z_][\w-]*)(?:\((.+)\))?$/s.exec(rule.trim())
  if (match?.[1] === undefined) return undefined
  return match[2] === undefined ? { toolName: match[1] } : { toolName: match[1], ruleContent: match[2] }
}

const PLAN_FILE = /[/\\]plans[/\\][^/\\]+\.md$/

/** Claude Code writes plans to files of this kind, and nothing else of the machine is read for one. */
export function isPlanFile(path: unknown): path is string {
  return typeof path === 'string' && PLAN_FILE.test(path)
}

/**
 * The text of the plan that ExitPlanMode is about: in its input, in the call that Claude made, or in the file that was
 * written for it.
 */
export function planText(
  input: Record<string, unknown>,
  calledWith: Record<string, unknown> | undefined,
  writtenTo: string | undefined,
): string | undefined {
  const told = [input['plan'], calledWith?.['plan']].find((plan) => typeof plan === 'string' && plan !== '')
  if (typeof told === 'string') return cutText(told, MAX_PLAN_BYTES)
  const file = [input['planFilePath'], writtenTo].find(isPlanFile)
  if (file === undefined || statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return undefined
  return cutText(readFileSync(file, 'utf8'), MAX_PLAN_BYTES)
}
