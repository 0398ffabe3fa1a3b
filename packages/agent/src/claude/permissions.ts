import { readFileSync, statSync } from 'node:fs'
import type { PermissionResult, PermissionUpdate } from '@anthropic-ai/claude-agent-sdk'
import type { RequestBody } from '@farhand/shared'
import { cutText } from '../driver/fit.ts'
import type { Allowed, Answer } from '../driver/question.ts'
import { parseCall } from '../policy/rules.ts'

/** A plan longer than this is cut; nobody reads it on a phone. */
const MAX_PLAN_BYTES = 128 * 1024

/** What a call of this tool asks of a person. Pure. */
export function questionType(tool: string): RequestBody['type'] {
  return tool === 'AskUserQuestion' ? 'question' : tool === 'ExitPlanMode' ? 'plan' : 'permission'
}

/** A person's answer as Claude Code wants it. Pure. */
export function permissionResult(tool: string, answer: Answer): PermissionResult {
  if (answer.behavior === 'deny') return answer
  const { behavior, updatedInput, lasting } = answer
  const updatedPermissions = lasting === undefined ? [] : permissionUpdates(tool, lasting)
  return { behavior, updatedInput, ...(updatedPermissions.length === 0 ? {} : { updatedPermissions }) }
}

type Lasting = NonNullable<Allowed['lasting']>

/** `once` changes nothing for later; `session` is forgotten with the session; `always` is written where Claude Code says. */
function permissionUpdates(tool: string, { scope, rule, suggestions }: Lasting): PermissionUpdate[] {
  const destination = scope === 'session' ? 'session' : 'localSettings'
  const own = rule === undefined ? undefined : parseCall(rule)
  // A rule that names another tool than the one asked for would grant what nobody was asked about.
  if (own?.tool === tool) {
    const { pattern: ruleContent } = own
    const rules = [{ toolName: tool, ...(ruleContent === undefined ? {} : { ruleContent }) }]
    return [{ type: 'addRules', rules, behavior: 'allow', destination }]
  }
  // As they came from Claude Code, kept as JSON in between.
  return (suggestions as PermissionUpdate[]).map((suggestion) =>
    scope === 'session' ? { ...suggestion, destination: 'session' } : suggestion,
  )
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
