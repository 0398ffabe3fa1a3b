import { z } from 'zod'
import { authorSchema, claudeStatusSchema, effortSchema, idSchema, timeSchema } from './messages.ts'

/**
 * What a browser may ask the machine of a project (`ask_agent`, on to the agent as `agent_request`): each method with what
 * it takes and what it answers. Questions change nothing that another observer would have to see; what does is an input.
 * A new method is a row here and a function in the agent; the relay only carries it. What only the relay itself asks is marked
 * (`askedBy`), and refused where a browser asks it.
 */

/** How long one answer may be, in UTF-8 bytes of its longest text. */
export const MAX_PREVIEW_BYTES = 256 * 1024

/** As much of the end of a command's output. */
export const MAX_TASK_OUTPUT_BYTES = 32 * 1024

/** Below the project's root, with `/` between the parts on every platform. */
const pathSchema = z
  .string()
  .min(1)
  .max(4096)
  .refine((path) => !path.includes('\0'), 'must not contain NUL')
const countSchema = z.int().nonnegative()

/** How many of how many: `truncated` where there was more than is told. */
const listed = { truncated: z.boolean() }

export const changedFileSchema = z.object({
  path: z.string(),
  /** Where it was before it was renamed or copied. */
  from: z.string().optional(),
  state: z.enum(['added', 'modified', 'deleted', 'renamed', 'copied', 'type_changed', 'untracked', 'conflicted']),
  /** The change, or part of it, is in the index. */
  staged: z.boolean(),
  /** The change, or part of it, is not in the index. */
  unstaged: z.boolean(),
})
export type ChangedFile = z.infer<typeof changedFileSchema>

export const gitStatusSchema = z.discriminatedUnion('repository', [
  z.object({ repository: z.literal(false) }),
  z.object({
    repository: z.literal(true),
    /** Left out while the head is detached. */
    branch: z.string().optional(),
    /** Left out before the first commit. */
    commit: z.string().optional(),
    upstream: z.string().optional(),
    ahead: countSchema,
    behind: countSchema,
    files: z.array(changedFileSchema),
    ...listed,
  }),
])
export type GitStatus = z.infer<typeof gitStatusSchema>

export const offeredModelSchema = z.object({
  /** What `options.model` takes. */
  value: z.string(),
  name: z.string(),
  description: z.string(),
  /** Left out where the model has none. */
  efforts: z.array(effortSchema).optional(),
})
export type OfferedModel = z.infer<typeof offeredModelSchema>

/** A slash command or skill. */
export const offeredCommandSchema = z.object({
  /** Without the slash. */
  name: z.string(),
  description: z.string(),
  argumentHint: z.string().optional(),
  aliases: z.array(z.string()).optional(),
  /** Claude Code's own; else of the project, the user, a plugin. */
  builtin: z.boolean(),
})
export type OfferedCommand = z.infer<typeof offeredCommandSchema>

export const importableSessionSchema = z.object({
  /** What `options.resume` takes. */
  claudeSessionId: idSchema,
  /** What `workingDirectory` has to be: Claude Code looks for a conversation where it was held. */
  workingDirectory: z.string(),
  title: z.string(),
  firstPrompt: z.string().optional(),
  /** Left out where the record is too long to be counted. */
  messages: countSchema.optional(),
  branch: z.string().optional(),
  createdAt: timeSchema.optional(),
  changedAt: timeSchema,
  /** The session here that goes on with this conversation already. */
  sessionId: idSchema.optional(),
})
export type ImportableSession = z.infer<typeof importableSessionSchema>

/** What going back would do, or did, to the files. */
export const rewoundFilesSchema = z.object({
  changed: z.array(z.string()),
  insertions: countSchema,
  deletions: countSchema,
})
export type RewoundFiles = z.infer<typeof rewoundFilesSchema>

/** What may be used before somebody is asked, as the machine's environment says. What is left out has no limit. */
export const usageLimitsSchema = z.object({
  sessionUsd: z.number().optional(),
  sessionTurns: z.number().optional(),
  sessionMs: z.number().optional(),
  projectUsdPerDay: z.number().optional(),
})

/** What was counted of runs, beside their cost. Those that were killed have told nothing of what they used. */
export const countedSchema = z.object({
  runs: countSchema,
  /** Of these, how many told nothing. */
  untold: countSchema,
  inputTokens: countSchema,
  outputTokens: countSchema,
  cacheReadTokens: countSchema,
  cacheCreationTokens: countSchema,
})
export type Counted = z.infer<typeof countedSchema>

export const NOTHING_COUNTED: Counted = {
  runs: 0,
  untold: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheCreationTokens: 0,
}

/** Pure. */
export function addCounted(a: Counted, b: Counted): Counted {
  return {
    runs: a.runs + b.runs,
    untold: a.untold + b.untold,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheCreationTokens: a.cacheCreationTokens + b.cacheCreationTokens,
  }
}

/** `counted` is left out for a time in which it was not counted yet. */
const dayUsage = { day: z.string(), costUsd: z.number(), counted: countedSchema.optional() }

/** `raised`: by how many limits it may go beyond the first one, because somebody said that it may go on. */
export const sessionUsageSchema = z.object({
  sessionId: idSchema,
  costUsd: z.number(),
  turns: countSchema,
  /** At work: the time in which a person was asked does not count. */
  ms: z.number(),
  counted: countedSchema.optional(),
  raised: z.object({ cost: countSchema, turns: countSchema, time: countSchema }),
})
export type SessionUsage = z.infer<typeof sessionUsageSchema>

export const grantSchema = z.object({
  /** What a `revoke` names: the id of the request that was decided like that. */
  grantId: z.string(),
  rule: z.string(),
  by: authorSchema,
  at: timeSchema,
  until: timeSchema,
})
export type Grant = z.infer<typeof grantSchema>

const nothing = z.object({}).optional()

/** Asked for a session that has a worktree of its own, it is answered of that. */
const ofSession = { sessionId: idSchema.optional() }

export const agentMethods = {
  claude_status: { params: z.unknown(), result: claudeStatusSchema },
  /** Files of the project by a part of their path, best match first; what git ignores is left out. */
  'files.search': {
    params: z.object({ ...ofSession, query: z.string().max(200), limit: z.int().min(1).max(100).optional() }),
    result: z.object({ files: z.array(z.object({ path: z.string() })), ...listed }),
  },
  /** The beginning of a text file. */
  'files.read': {
    params: z.object({ ...ofSession, path: pathSchema, maxBytes: z.int().min(1).max(MAX_PREVIEW_BYTES).optional() }),
    result: z.object({ path: z.string(), text: z.string(), bytes: countSchema, ...listed }),
  },
  'git.status': { params: z.object(ofSession).optional(), result: gitStatusSchema },
  /** Of the working tree against the last commit, or of what is staged; of one file where it is named. */
  'git.diff': {
    params: z.object({ ...ofSession, path: pathSchema.optional(), staged: z.boolean().optional() }).optional(),
    result: z.object({ diff: z.string(), ...listed }),
  },
  /** What the project and its sessions have used, and of how much. Days are those of the machine, the oldest first. */
  'usage.list': {
    params: nothing,
    result: z.object({
      limits: usageLimitsSchema,
      today: z.object({ ...dayUsage, raised: countSchema }),
      days: z.array(z.object(dayUsage)),
      /** Those that cost most come first. */
      sessions: z.array(sessionUsageSchema),
      ...listed,
    }),
  },
  'models.list': { params: nothing, result: z.object({ models: z.array(offeredModelSchema) }) },
  'commands.list': { params: nothing, result: z.object({ commands: z.array(offeredCommandSchema) }) },
  /** Conversations that were held with Claude Code in the project, newest first. */
  'sessions.importable': {
    params: z.object({ limit: z.int().min(1).max(100).optional(), offset: countSchema.optional() }).optional(),
    result: z.object({ sessions: z.array(importableSessionSchema), ...listed }),
  },
  /** What somebody allowed in the session for a while, and nobody took back: the one that lasts longest first. */
  'grants.list': { params: z.object({ sessionId: idSchema }), result: z.object({ grants: z.array(grantSchema) }) },
  /**
   * What the machine keeps for a session goes, and what runs there ends; the relay asks this when a session is deleted
   * (`update_session`). Claude Code's own record of the conversation goes only with `transcript`.
   */
  'sessions.forget': {
    askedBy: 'relay',
    params: z.object({ sessionId: idSchema, transcript: z.boolean().optional() }),
    result: z.object({ transcript: z.boolean(), worktree: z.enum(['none', 'removed', 'kept']) }),
  },
  /** The end of what a command in the background of a session has written so far, while its Claude Code runs. */
  'tasks.output': {
    params: z.object({ sessionId: idSchema, taskId: z.string().min(1).max(200) }),
    result: z.object({ text: z.string(), bytes: countSchema, ...listed }),
  },
  /**
   * Where a session's conversation is held, for a fork of it. One in a worktree is forked into the same worktree, because Claude
   * Code finds a conversation only where it was held; `workingDirectory` is then the place in the project that it stands for.
   */
  'sessions.origin': {
    params: z.object({ sessionId: idSchema }),
    result: z.object({
      claudeSessionId: idSchema,
      workingDirectory: z.string(),
      worktree: z.object({ branch: z.string() }).optional(),
      /** Somebody went back, and nothing was said since: its record still has what was dropped. */
      rewound: z.boolean(),
    }),
  },
  /** What a `rewind` of the files to before this command would change. */
  'sessions.rewind_preview': {
    params: z.object({ sessionId: idSchema, to: idSchema }),
    result: z.object({
      conversation: z.boolean(),
      files: rewoundFilesSchema.optional(),
      reason: z.string().optional(),
    }),
  },
} as const satisfies Record<string, { params: z.ZodType; result: z.ZodType; askedBy?: 'relay' }>

export type AgentMethod = keyof typeof agentMethods
export type AgentParams<M extends AgentMethod> = z.infer<(typeof agentMethods)[M]['params']>
export type AgentResult<M extends AgentMethod> = z.infer<(typeof agentMethods)[M]['result']>

export function isAgentMethod(method: string): method is AgentMethod {
  return Object.hasOwn(agentMethods, method)
}

/** Whether a browser is answered as if there were no such method. */
export function isRelayMethod(method: string): boolean {
  return isAgentMethod(method) && 'askedBy' in agentMethods[method]
}
