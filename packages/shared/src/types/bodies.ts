import { z } from 'zod'
import { attachedFileSchema } from '../protocols/attachments.ts'
import {
  ENTRY_KINDS,
  TEXT_KINDS,
  answeredBySchema,
  authorSchema,
  effortSchema,
  idSchema,
  permissionModeSchema,
  type EntryKind,
} from './messages.ts'

/**
 * What stands inside an entry's `response` (a response's `data`, an input's `command`), by kind.
 * The relay never reads it; only the agent and the observers do. Extra fields are kept for whoever knows them.
 */

const json = z.looseObject

export const REQUEST_TYPES = ['permission', 'question', 'plan'] as const

export const requestBodySchema = json({
  requestId: z.string(),
  digest: z.string(),
  type: z.enum(REQUEST_TYPES),
  toolUseId: z.string().optional(),
  tool: z.string(),
  input: z.record(z.string(), z.unknown()),
  title: z.string().optional(),
  description: z.string().optional(),
  reason: z.string().optional(),
  /** Claude Code's own "always" rules, shown and returned as they came. */
  suggestions: z.array(json({ type: z.string() })).optional(),
  defaultToNo: z.boolean().optional(),
  /** A plan's text, where it stands outside the input. */
  plan: z.string().optional(),
})
export type RequestBody = z.infer<typeof requestBodySchema>

export const DECISION_SCOPES = ['once', 'session', 'always'] as const

export const decisionBodySchema = json({
  requestId: z.string(),
  digest: z.string(),
  behavior: z.enum(['allow', 'deny']),
  scope: z.enum(DECISION_SCOPES).optional(),
  rule: z.string().optional(),
  /** With a rule: the agent itself allows what the rule covers for so long, in this session. */
  forMs: z
    .int()
    .positive()
    .max(24 * 60 * 60 * 1000)
    .optional(),
  updatedInput: z.record(z.string(), z.unknown()).optional(),
  /** By question text; several choices of one question are joined with ", ". */
  answers: z.record(z.string(), z.string()).optional(),
  message: z.string().max(10_000).optional(),
  /** A denial that also ends the run. */
  stop: z.boolean().optional(),
})
export type DecisionBody = z.infer<typeof decisionBodySchema>

/** What decided about a call in the place of a person: what somebody allowed for a while, or a rule of the machine's policy. */
export const standInSchema = z.discriminatedUnion('type', [
  json({ type: z.literal('grant'), rule: z.string(), until: z.number(), by: authorSchema }),
  /** `source`: the file and its line. */
  json({ type: z.literal('policy'), rule: z.string(), source: z.string() }),
])
export type StandIn = z.infer<typeof standInSchema>

/** A call was decided about without a person being asked. */
export const decidedBodySchema = json({
  toolUseId: z.string(),
  behavior: z.enum(['allow', 'deny']),
  standIn: standInSchema,
})
export type DecidedBody = z.infer<typeof decidedBodySchema>

export const requestResolvedBodySchema = json({
  requestId: z.string(),
  behavior: z.enum(['allow', 'deny']).optional(),
  scope: z.enum(DECISION_SCOPES).optional(),
  outcome: z.enum(['applied', 'expired', 'cancelled']),
  by: authorSchema.optional(),
  message: z.string().optional(),
  /** A rule of the person's own, in the place of what was suggested. */
  rule: z.string().optional(),
  /** It allows for a while, and until when. */
  until: z.number().optional(),
  /** Nobody has decided this very request. */
  standIn: standInSchema.optional(),
})
export type RequestResolvedBody = z.infer<typeof requestResolvedBodySchema>

/** `force`: it did not stop when it was asked to; end it now, whatever it is in the middle of. */
export const cancelBodySchema = json({ commandId: idSchema, force: z.boolean().optional() })
export type CancelBody = z.infer<typeof cancelBodySchema>

export const settingBodySchema = json({
  model: z.string().max(100).optional(),
  permissionMode: permissionModeSchema.optional(),
  effort: effortSchema.optional(),
})
export type SettingBody = z.infer<typeof settingBodySchema>

export const queueBodySchema = json({
  action: z.enum(['edit', 'move', 'withdraw', 'send_now', 'confirm']),
  commandId: idSchema,
  command: z.string().optional(),
  before: idSchema.optional(),
})
export type QueueBody = z.infer<typeof queueBodySchema>

/** A command that waited so long that a person has to say again that it is wanted (CMD2). */
export const heldBodySchema = json({ waitedMs: z.number() })
export type HeldBody = z.infer<typeof heldBodySchema>

/** The files that go with a command, told with it: its own entry holds its text alone. */
export const attachedBodySchema = json({ commandId: idSchema, files: z.array(attachedFileSchema) })
export type AttachedBody = z.infer<typeof attachedBodySchema>

/** A wish to go back to before a command, or before a prompt of an imported history (`to` is its `uuid`). */
export const rewindBodySchema = json({
  to: idSchema,
  /** Claude forgets what was said from there on. The log does not. */
  conversation: z.boolean(),
  /** Files that Claude's tools changed from there on are put back. */
  files: z.boolean(),
})
export type RewindBody = z.infer<typeof rewindBodySchema>

/** Takes back what was allowed for a while: `grantId` as `grants.list` and the notice `grant` tell it. */
export const revokeBodySchema = json({ grantId: z.string().min(1).max(200) })
export type RevokeBody = z.infer<typeof revokeBodySchema>

/** What came of a `rewind`. */
export const rewoundBodySchema = json({
  inputId: idSchema,
  to: idSchema,
  conversation: z.boolean(),
  /** Left out where the files stayed as they were. */
  files: json({
    changed: z.array(z.string()),
    insertions: z.number(),
    deletions: z.number(),
    /** Files that are links, or behind some, were left alone. */
    skipped: z.number().optional(),
  }).optional(),
})
export type RewoundBody = z.infer<typeof rewoundBodySchema>

/** What somebody typed in a conversation that was imported. */
export const promptBodySchema = json({
  text: z.string(),
  /** Claude Code's id of it. */
  uuid: idSchema.optional(),
})
export type PromptBody = z.infer<typeof promptBodySchema>

export const runStartedBodySchema = json({
  model: z.string().optional(),
  permissionMode: z.string().optional(),
  effort: z.string().optional(),
  cwd: z.string().optional(),
  claudeSessionId: z.string().optional(),
  claudeVersion: z.string().optional(),
  /** Left out: Claude Code. */
  answeredBy: answeredBySchema.optional(),
})
export type RunStartedBody = z.infer<typeof runStartedBodySchema>

export const toolStartedBodySchema = json({
  toolUseId: z.string(),
  parentToolUseId: z.string().optional(),
  tool: z.string(),
  input: z.record(z.string(), z.unknown()),
})
export type ToolStartedBody = z.infer<typeof toolStartedBodySchema>

export const toolProgressBodySchema = json({
  toolUseId: z.string(),
  parentToolUseId: z.string().optional(),
  elapsedMs: z.number().optional(),
})
export type ToolProgressBody = z.infer<typeof toolProgressBodySchema>

export const toolFinishedBodySchema = json({
  toolUseId: z.string(),
  isError: z.boolean(),
  /** What Claude reads, as text. */
  output: z.string(),
  /** The tool's own result: Bash's stdout and stderr, an edit's patch, … */
  structured: z.unknown().optional(),
  /** Set where `output` or `structured` was cut to fit: how many bytes there were. */
  truncatedBytes: z.number().optional(),
})
export type ToolFinishedBody = z.infer<typeof toolFinishedBodySchema>

export const TASK_STATES = ['pending', 'in_progress', 'completed'] as const
export const taskSchema = json({
  id: z.string(),
  subject: z.string(),
  status: z.enum(TASK_STATES),
  activeForm: z.string().optional(),
})
export type Task = z.infer<typeof taskSchema>

export const tasksBodySchema = json({ items: z.array(taskSchema) })
export type TasksBody = z.infer<typeof tasksBodySchema>

export const stepBodySchema = json({
  workflow: z.string(),
  index: z.int(),
  total: z.int(),
  name: z.string(),
  phase: z.enum(['before', 'after']),
  outcome: z.string().optional(),
})
export type StepBody = z.infer<typeof stepBodySchema>

export const noticeBodySchema = json({
  level: z.enum(['info', 'warning', 'error']),
  type: z.string(),
  message: z.string(),
})
export type NoticeBody = z.infer<typeof noticeBodySchema>

export const usageSchema = json({
  inputTokens: z.number().optional(),
  outputTokens: z.number().optional(),
  cacheReadTokens: z.number().optional(),
  cacheCreationTokens: z.number().optional(),
})
export type Usage = z.infer<typeof usageSchema>

export const runFinishedBodySchema = json({
  result: z.string().optional(),
  error: json({ code: z.string(), message: z.string(), detail: z.string().optional() }).optional(),
  durationMs: z.number(),
  turns: z.number().optional(),
  usage: usageSchema.optional(),
  costUsd: z.number().optional(),
  /** How full the conversation was: what its last request carried, of what the model can. Left out where it is not known. */
  context: json({ tokens: z.number().nonnegative(), window: z.number().positive() }).optional(),
})
export type RunFinishedBody = z.infer<typeof runFinishedBodySchema>

const text = z.string()

export const bodySchemas = {
  command: text,
  text,
  thinking: text,
  cancel: cancelBodySchema,
  decision: decisionBodySchema,
  setting: settingBodySchema,
  queue: queueBodySchema,
  rewind: rewindBodySchema,
  revoke: revokeBodySchema,
  run_started: runStartedBodySchema,
  prompt: promptBodySchema,
  tool_started: toolStartedBodySchema,
  tool_progress: toolProgressBodySchema,
  tool_finished: toolFinishedBodySchema,
  decided: decidedBodySchema,
  request: requestBodySchema,
  request_resolved: requestResolvedBodySchema,
  tasks: tasksBodySchema,
  step: stepBodySchema,
  rewound: rewoundBodySchema,
  notice: noticeBodySchema,
  run_finished: runFinishedBodySchema,
  held: heldBodySchema,
  attached: attachedBodySchema,
} satisfies Record<EntryKind, z.ZodType>

/** A kind with its understood body: a union that a `switch` on `kind` narrows. */
export type Body = { [K in EntryKind]: { kind: K; body: z.infer<(typeof bodySchemas)[K]> } }[EntryKind]

/**
 * Understands a body, or says that it can't: an unknown kind and a body of another shape are both `unknown`,
 * so that one bad entry never takes a reader along.
 */
export function parseBody(kind: string, source: string): Body | { kind: 'unknown'; reason: string } {
  if (!isEntryKind(kind)) return { kind: 'unknown', reason: `unknown kind ${kind}` }
  const value = TEXT_KINDS.includes(kind) ? source : parseJson(source)
  const parsed = bodySchemas[kind].safeParse(value)
  if (!parsed.success) return { kind: 'unknown', reason: z.prettifyError(parsed.error) }
  // The schema was looked up by the very kind that it is paired with, which TypeScript can't follow.
  return { kind, body: parsed.data } as Body
}

function isEntryKind(kind: string): kind is EntryKind {
  return (ENTRY_KINDS as readonly string[]).includes(kind)
}

function parseJson(source: string): unknown {
  try {
    return JSON.parse(source)
  } catch {
    return undefined // hostile or damaged text; the schema then refuses it in words
  }
}
