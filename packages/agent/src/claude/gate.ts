import type { HookInput, HookJSONOutput, Options, PermissionResult } from '@anthropic-ai/claude-agent-sdk'
import type { Verdict } from '../policy/decide.ts'
import { planText, type ToolQuestion } from './permissions.ts'
import type { Translation } from './translation.ts'

/** What stands between Claude and its tools: the policy before each call, in every mode, and the people who are asked. */
export type GateEvents = {
  /** Before each call. `undefined`: Claude Code's own rules decide. */
  judge(call: JudgedCall): Pick<Verdict, 'verb' | 'reason'> | undefined
  /** The answer decides whether the tool runs. `signal` aborts when nobody waits for it any more. */
  asked(question: ToolQuestion, signal: AbortSignal): Promise<PermissionResult>
  /** A fault of ours, while a call was looked at. */
  stumbled(error: unknown): void
}

/** A call that is about to be made. */
export type JudgedCall = { toolUseId: string; tool: string; input: Record<string, unknown>; cwd: string }

/** @param known what is known of the conversation by now */
export function openGate(
  events: GateEvents,
  known: () => Translation,
): Required<Pick<Options, 'canUseTool' | 'hooks'>> {
  let transcript: string | undefined

  /** A fault of ours must not let through what the policy would have denied. */
  function beforeTool(said: HookInput): HookJSONOutput {
    if (said.hook_event_name !== 'PreToolUse') return {}
    transcript = said.transcript_path
    try {
      const { tool_use_id: toolUseId, tool_name: tool, tool_input: input, cwd } = said
      return hookAnswer(events.judge({ toolUseId, tool, input: isRecord(input) ? input : {}, cwd }))
    } catch (error) {
      events.stumbled(error)
      return hookAnswer({ verb: 'deny', reason: 'Farhand could not look at this call, so it was not made.' })
    }
  }

  function question(tool: string, input: Record<string, unknown>, options: ToolQuestion['options']): ToolQuestion {
    const asked = { tool, input, options, ...(transcript === undefined ? {} : { transcript }) }
    if (tool !== 'ExitPlanMode') return asked
    const { tools, planFile } = known()
    const plan = planText(input, tools[options.toolUseID]?.input, planFile)
    return { ...asked, ...(plan === undefined ? {} : { plan }) }
  }

  return {
    canUseTool: (tool, input, options) => events.asked(question(tool, input, options), options.signal),
    hooks: { PreToolUse: [{ hooks: [(input) => Promise.resolve(beforeTool(input))] }] },
  }
}

function hookAnswer(verdict: Pick<Verdict, 'verb' | 'reason'> | undefined): HookJSONOutput {
  if (verdict === undefined) return {}
  const { verb: permissionDecision, reason: permissionDecisionReason } = verdict
  return { hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision, permissionDecisionReason } }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
