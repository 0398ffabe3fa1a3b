import type { Conversation } from './conversation.ts'
import { call, say, type Message, type Reply } from './reply.ts'
import { FALLBACK, SCENARIOS } from './scenarios/index.ts'
import type { Scenario, Scene } from './scenarios/scenario.ts'

/** What the model says next. Pure: the same conversation and attempt give the same reply. */
export function nextReply(conversation: Conversation, attempt: number): Reply {
  const scenario = chooseScenario(conversation)
  const groups = scenario.matches.exec(conversation.prompt)?.slice(1) ?? []
  const scene: Scene = { ...conversation, groups, attempt }
  const failed = conversation.calls.find((made) => made.result?.isError)?.result
  if (failed)
    return say(
      `That did not go through, so I stop here:\n\n> ${failed.text.trim().slice(0, 500).replaceAll('\n', '\n> ')}`,
    )
  const turn = scenario.turns[conversation.turns] ?? say('That was all.')
  const reply = typeof turn === 'function' ? turn(scene) : turn
  return reply.type === 'message' ? (lookUp(reply, conversation) ?? reply) : reply
}

export function chooseScenario(conversation: Conversation): Scenario {
  const fits = (scenario: Scenario) =>
    scenario.matches.test(conversation.prompt) && scenario.when?.(conversation) !== false
  return SCENARIOS.find(fits) ?? FALLBACK
}

/** Claude Code keeps the schemas of rarer tools back until the model asks for them; a call before that fails. */
function lookUp(message: Message, { tools, calls }: Conversation): Message | undefined {
  if (!tools.includes('ToolSearch') || calls.at(-1)?.name === 'ToolSearch') return undefined
  const names = message.blocks.flatMap((block) => (block.type === 'tool' ? [block.name] : []))
  const missing = [...new Set(names)].filter((name) => !tools.includes(name))
  return missing.length > 0
    ? call('ToolSearch', { query: `select:${missing.join(',')}`, max_results: missing.length })
    : undefined
}
