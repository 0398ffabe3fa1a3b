import type { HookInput, HookJSONOutput, Options } from '@anthropic-ai/claude-agent-sdk'
import type { GateEvents } from '../driver/driver.ts'
import type { ToolQuestion } from '../driver/question.ts'
import type { Judgement } from '../policy/decide.ts'
import { permissionResult, planText, questionType } from './permissions.ts'
import type { Translation } from './translation.ts'

/**
 * What stands between Claude and its tools: the policy before each call, in every mode, and the people who are asked.
 *
 * @param known what is known of the conversation by now
 */
export function openGate(
  events: GateEvents,
  known: () => Translation,
): Required<Pick<Options, 'canUseTool' | 'hooks'>> {
  /** Of the call that was looked at last: a question follows its look. */
  let place: Pick<ToolQuestion, 'transcript' | 'cwd'> = {}

  /** A fault of ours must not let through what the policy would have denied. */
  function beforeTool(said: HookInput): HookJSONOutput {
    if (said.hook_event_name !== 'PreToolUse') return {}
    place = { transcript: said.transcript_path, cwd: said.cwd }
    try {
      const { tool_use_id: toolUseId, tool_name: tool, tool_input: input, cwd } = said
      const judgement = events.judge({ toolUseId, tool, input: isRecord(input) ? input : {}, cwd })
      if (judgement !== undefined) events.decided(toolUseId, judgement)
      return hookAnswer(judgement)
    } catch (error) {
      events.stumbled(error)
      return hookAnswer({ verb: 'deny', reason: 'Farhand could not look at this call, so it was not made.' })
    }
  }

  function question(tool: string, input: Record<string, unknown>, options: ToolQuestion['options']): ToolQuestion {
    const asked = { tool, input, type: questionType(tool), options, ...place }
    if (tool !== 'ExitPlanMode') return asked
    const { tools, planFile } = known()
    const plan = planText(input, tools[options.toolUseID]?.input, planFile)
    return { ...asked, ...(plan === undefined ? {} : { plan }) }
  }

  return {
    canUseTool: async (tool, input, options) =>
      permissionResult(tool, await events.asked(question(tool, input, options), options.signal)),
    hooks: { PreToolUse: [{ hooks: [(input) => Promise.resolve(beforeTool(input))] }] },
  }
}

function hookAnswer(verdict: Judgement | undefined): HookJSONOutput {
  if (verdict === undefined) return {}
  const { verb: permissionDecision, reason: permissionDecisionReason } = verdict
  return { hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision, permissionDecisionReason } }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
