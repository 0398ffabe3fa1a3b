import { z } from 'zod'

/**
 * What an ACP agent says, as far as it is understood here: theirs, so loose. Of what does not fit only that part is left
 * out, and an update of a kind that is not named is `undefined` to the reader, who keeps it as it came.
 */

const json = z.looseObject
/** Left out and null say the same. */
const maybe = <T extends z.ZodType>(schema: T) => schema.nullish().catch(undefined)
/** Without the members that do not fit. */
const listOf = <T extends z.ZodType>(schema: T) =>
  z.array(z.unknown()).transform((list) => list.flatMap((item) => schema.safeParse(item).data ?? []))

// --- What it says of itself -----------------------------------------------------------------------------------------

export const initializedSchema = json({
  protocolVersion: z.number(),
  agentInfo: maybe(json({ name: z.string(), title: maybe(z.string()), version: maybe(z.string()) })),
  agentCapabilities: maybe(
    json({
      loadSession: maybe(z.boolean()),
      promptCapabilities: maybe(json({ image: maybe(z.boolean()) })),
      sessionCapabilities: maybe(json({ resume: maybe(json({})), additionalDirectories: maybe(json({})) })),
    }),
  ),
  authMethods: maybe(listOf(json({ id: z.string(), name: z.string() }))),
})
export type Initialized = z.infer<typeof initializedSchema>

const configOptionSchema = json({
  id: z.string(),
  category: maybe(z.string()),
  type: maybe(z.string()),
  currentValue: z.unknown().optional(),
  /** Values, or groups of values. */
  options: maybe(
    listOf(
      json({
        value: maybe(z.string()),
        name: maybe(z.string()),
        description: maybe(z.string()),
        options: maybe(listOf(json({ value: z.string(), name: maybe(z.string()), description: maybe(z.string()) }))),
      }),
    ),
  ),
})
export type ConfigOption = z.infer<typeof configOptionSchema>

const offeredSchema = {
  modes: maybe(
    json({ currentModeId: z.string(), availableModes: listOf(json({ id: z.string(), name: maybe(z.string()) })) }),
  ),
  configOptions: maybe(listOf(configOptionSchema)),
}
export const sessionOpenedSchema = json({ sessionId: maybe(z.string()), ...offeredSchema })
export type SessionOpened = z.infer<typeof sessionOpenedSchema>

export const promptEndedSchema = json({ stopReason: z.string() })

// --- Tools ----------------------------------------------------------------------------------------------------------

const contentSchema = json({
  type: z.string(),
  text: maybe(z.string()),
  mimeType: maybe(z.string()),
  name: maybe(z.string()),
  uri: maybe(z.string()),
  resource: maybe(json({ uri: maybe(z.string()), text: maybe(z.string()) })),
})
export type Content = z.infer<typeof contentSchema>

const toolContentSchema = json({
  type: z.string(),
  content: maybe(contentSchema),
  path: maybe(z.string()),
  oldText: maybe(z.string()),
  newText: maybe(z.string()),
  terminalId: maybe(z.string()),
})
export type ToolContent = z.infer<typeof toolContentSchema>

export const toolCallSchema = json({
  toolCallId: z.string(),
  title: maybe(z.string()),
  name: maybe(z.string()),
  kind: maybe(z.string()),
  status: maybe(z.string()),
  content: maybe(listOf(toolContentSchema)),
  locations: maybe(listOf(json({ path: z.string() }))),
  rawInput: z.unknown().optional(),
  rawOutput: z.unknown().optional(),
})
export type ToolCall = z.infer<typeof toolCallSchema>

// --- What happens in a session --------------------------------------------------------------------------------------

const chunk = { content: contentSchema, messageId: maybe(z.string()) }

const updateSchema = z.discriminatedUnion('sessionUpdate', [
  json({ sessionUpdate: z.literal('agent_message_chunk'), ...chunk }),
  json({ sessionUpdate: z.literal('agent_thought_chunk'), ...chunk }),
  /** The prompt, which the log has. */
  json({ sessionUpdate: z.literal('user_message_chunk') }),
  toolCallSchema.extend({ sessionUpdate: z.literal('tool_call') }),
  toolCallSchema.extend({ sessionUpdate: z.literal('tool_call_update') }),
  json({
    sessionUpdate: z.literal('plan'),
    entries: listOf(json({ content: z.string(), status: z.string() })),
  }),
  json({
    sessionUpdate: z.literal('available_commands_update'),
    availableCommands: listOf(
      json({ name: z.string(), description: maybe(z.string()), input: maybe(json({ hint: maybe(z.string()) })) }),
    ),
  }),
  json({ sessionUpdate: z.literal('current_mode_update'), currentModeId: z.string() }),
  json({ sessionUpdate: z.literal('config_option_update'), configOptions: listOf(configOptionSchema) }),
  /** A title and a time: the session has its own. */
  json({ sessionUpdate: z.literal('session_info_update') }),
  json({
    sessionUpdate: z.literal('usage_update'),
    used: z.number(),
    size: z.number(),
    cost: maybe(json({ amount: z.number(), currency: z.string() })),
  }),
  json({
    sessionUpdate: z.literal('notice'),
    severity: maybe(z.string()),
    title: z.string(),
    description: maybe(z.string()),
  }),
  json({ sessionUpdate: z.literal('compaction_update'), status: z.string(), error: maybe(z.string()) }),
  json({ sessionUpdate: z.literal('compaction_summary_chunk') }),
])
export type Update = z.infer<typeof updateSchema>
export type ChunkUpdate = Extract<Update, { sessionUpdate: 'agent_message_chunk' | 'agent_thought_chunk' }>
export type OfferedCommandUpdate = Extract<Update, { sessionUpdate: 'available_commands_update' }>

const notificationSchema = json({ sessionId: z.string(), update: updateSchema })

/** `params` of a `session/update`. */
export function readUpdate(params: unknown): Update | undefined {
  return notificationSchema.safeParse(params).data?.update
}

export const PERMISSION_KINDS = ['allow_once', 'allow_always', 'reject_once', 'reject_always'] as const

export const permissionSchema = json({
  sessionId: z.string(),
  toolCall: toolCallSchema,
  options: listOf(json({ optionId: z.string(), name: z.string(), kind: z.enum(PERMISSION_KINDS) })),
})
export type Permission = z.infer<typeof permissionSchema>

/** Any content in words; what is not text is named. */
export function textOf({ type, text, mimeType, name, uri, resource }: Content): string {
  switch (type) {
    case 'text':
      return text ?? ''
    case 'resource_link':
      return `[${name ?? uri ?? 'a resource'}](${uri ?? ''})`
    case 'resource':
      return resource?.text ?? `[${resource?.uri ?? 'a resource'}]`
    default:
      return `[${[type, mimeType].filter((part) => part != null).join(' ')}]`
  }
}
