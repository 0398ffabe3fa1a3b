import { z } from 'zod'

/**
 * Claude Code's messages as far as they are understood here: theirs, so loose. Fields that are not named are kept, and a
 * message that does not fit is `undefined` to the reader, who keeps it as it came.
 */

const parent = z.string().nullish()
const block = z.looseObject({ type: z.string() })

const streamEventSchema = z.looseObject({
  type: z.literal('stream_event'),
  parent_tool_use_id: parent,
  event: z.looseObject({
    type: z.string(),
    index: z.int().optional(),
    message: z.looseObject({ id: z.string() }).optional(),
    delta: z
      .looseObject({ type: z.string().optional(), text: z.string().optional(), thinking: z.string().optional() })
      .optional(),
  }),
})

const usageSchema = z.looseObject({
  input_tokens: z.number().nullish(),
  output_tokens: z.number().nullish(),
  cache_read_input_tokens: z.number().nullish(),
  cache_creation_input_tokens: z.number().nullish(),
})

const assistantSchema = z.looseObject({
  type: z.literal('assistant'),
  parent_tool_use_id: parent,
  message: z.looseObject({
    id: z.string(),
    model: z.string().optional(),
    content: z.array(block),
    usage: usageSchema.nullish().catch(undefined),
  }),
  /** Set where the text was written by Claude Code itself, because the API answered with an error. */
  error: z.string().optional(),
})

const userSchema = z.looseObject({
  type: z.literal('user'),
  parent_tool_use_id: parent,
  message: z.looseObject({ content: z.union([z.string(), z.array(block)]) }),
  tool_use_result: z.unknown().optional(),
})

const resultSchema = z.looseObject({
  type: z.literal('result'),
  subtype: z.string(),
  /** Believe this one: `subtype` may say success although the API failed. */
  is_error: z.boolean(),
  num_turns: z.number().default(0),
  result: z.string().optional(),
  errors: z.array(z.string()).optional(),
  total_cost_usd: z.number().default(0),
  usage: usageSchema.optional(),
  /** By the name of the model. */
  modelUsage: z
    .record(z.string(), z.looseObject({ contextWindow: z.number().optional() }))
    .optional()
    .catch(undefined),
  terminal_reason: z.string().optional(),
  api_error_status: z.number().nullish(),
  /** Prompts that wait behind this turn: more is to come. */
  queued_turn_count: z.number().optional(),
})

const systemSchema = z.looseObject({
  type: z.literal('system'),
  subtype: z.string(),
  session_id: z.string().optional(),
})

const toolProgressSchema = z.looseObject({
  type: z.literal('tool_progress'),
  tool_use_id: z.string(),
  parent_tool_use_id: parent,
  elapsed_time_seconds: z.number(),
})

const rateLimitSchema = z.looseObject({
  type: z.literal('rate_limit_event'),
  rate_limit_info: z.looseObject({
    status: z.string(),
    rateLimitType: z.string().optional(),
    resetsAt: z.number().optional(),
    utilization: z.number().optional(),
  }),
})

/** How far a prompt that came with an id is: told better by what is said about it. */
const commandLifecycleSchema = z.looseObject({ type: z.literal('command_lifecycle') })

/** A note on a call that is taken up again: that its hooks were asked. Notes of other kinds are not understood. */
const noteSchema = z.looseObject({
  type: z.literal('attachment'),
  attachment: z.looseObject({ type: z.enum(['hook_success', 'hook_deferred_tool', 'hook_permission_decision']) }),
})

const messageSchema = z.discriminatedUnion('type', [
  streamEventSchema,
  assistantSchema,
  userSchema,
  resultSchema,
  systemSchema,
  toolProgressSchema,
  rateLimitSchema,
  commandLifecycleSchema,
  noteSchema,
])

export type ClaudeMessage = z.infer<typeof messageSchema>
export type StreamEvent = z.infer<typeof streamEventSchema>
export type AssistantMessage = z.infer<typeof assistantSchema>
export type UserMessage = z.infer<typeof userSchema>
export type ResultMessage = z.infer<typeof resultSchema>
export type SystemMessage = z.infer<typeof systemSchema>
export type ToolProgressMessage = z.infer<typeof toolProgressSchema>
export type RateLimitEvent = z.infer<typeof rateLimitSchema>
export type Block = z.infer<typeof block>

/** Whether a line on its standard output is of its protocol; the rest is somebody else's. */
export function isMessage(value: object): boolean {
  return 'type' in value && typeof value.type === 'string'
}

export function readMessage(message: unknown): ClaudeMessage | undefined {
  return messageSchema.safeParse(message).data
}

// --- Blocks of a message --------------------------------------------------------------------------------------------

const textBlockSchema = z.looseObject({ type: z.literal('text'), text: z.string() })
const thinkingBlockSchema = z.looseObject({ type: z.literal('thinking'), thinking: z.string() })
const toolUseBlockSchema = z.looseObject({
  type: z.enum(['tool_use', 'server_tool_use', 'mcp_tool_use']),
  id: z.string(),
  name: z.string(),
  input: z.record(z.string(), z.unknown()).default({}),
})
/** Results of tools that the API runs itself are named after the tool: `web_search_tool_result`, … */
const toolResultBlockSchema = z.looseObject({
  type: z.string().regex(/tool_result$/),
  tool_use_id: z.string(),
  is_error: z.boolean().nullish(),
  content: z.unknown().optional(),
})

export type ReadBlock =
  | { type: 'text'; text: string }
  | { type: 'thinking'; text: string }
  | { type: 'tool_use'; id: string; name: string; input: Record<string, unknown> }
  | { type: 'tool_result'; id: string; isError: boolean; output: string }
  | { type: 'unknown' }

export function readBlock(source: Block): ReadBlock {
  const text = textBlockSchema.safeParse(source).data
  if (text !== undefined) return { type: 'text', text: text.text }
  const thinking = thinkingBlockSchema.safeParse(source).data
  if (thinking !== undefined) return { type: 'thinking', text: thinking.thinking }
  const use = toolUseBlockSchema.safeParse(source).data
  if (use !== undefined) return { type: 'tool_use', id: use.id, name: use.name, input: use.input }
  const result = toolResultBlockSchema.safeParse(source).data
  if (result === undefined) return { type: 'unknown' }
  return {
    type: 'tool_result',
    id: result.tool_use_id,
    isError: result.is_error === true,
    output: textOf(result.content),
  }
}

/** What Claude reads of a tool's result, as text; what is not text is named. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (content === undefined || content === null) return ''
  const blocks = z.array(block).safeParse(content).data
  if (blocks === undefined) return JSON.stringify(content)
  return blocks.map((part) => textBlockSchema.safeParse(part).data?.text ?? `[${part.type}]`).join('\n')
}
