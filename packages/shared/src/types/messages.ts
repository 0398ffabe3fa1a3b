import { z } from 'zod'

/**
 * WHAT is said: commands, inputs, responses, entries, and the body of each kind of entry.
 * Types are inferred from the schemas. Unknown fields are dropped by readers, never refused, so fields may be added.
 */

/** Made by the sender (`crypto.randomUUID` or 16 random bytes), so that a repeat can be recognised. */
export const idSchema = z.uuid()

/** Epoch milliseconds. */
export const timeSchema = z.int().nonnegative()

/** A log position. 0 is "before the first entry". */
export const seqSchema = z.int().nonnegative()

/** Who said it: an id of an account or token, a name for people, and the device where it was said. */
export const authorSchema = z.object({
  id: z.string().max(100),
  name: z.string().max(100),
  device: z.string().max(100).optional(),
})
export type Author = z.infer<typeof authorSchema>

// --- Options of a command -------------------------------------------------------------------------------------------

export const PERMISSION_MODES = ['default', 'acceptEdits', 'plan', 'dontAsk', 'auto', 'bypassPermissions'] as const
export const permissionModeSchema = z.enum(PERMISSION_MODES)
export type PermissionMode = z.infer<typeof permissionModeSchema>

export const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'] as const
export const effortSchema = z.enum(EFFORTS)

/** Model names reach Claude Code as data, but a name that looks like a flag is refused at the door. */
const modelSchema = z.string().regex(/^[A-Za-z0-9][\w.:/@[\]-]{0,99}$/)

export const MAX_ATTACHMENTS = 20

export const claudeCodeOptionsSchema = z.object({
  model: modelSchema.optional(),
  permissionMode: permissionModeSchema.optional(),
  effort: effortSchema.optional(),
  maxTurns: z.int().positive().max(1000).optional(),
  maxBudgetUsd: z.number().positive().max(10_000).optional(),
  appendSystemPrompt: z.string().max(20_000).optional(),
  /** A Claude Code session to import; its id is a UUID. */
  resume: idSchema.optional(),
  /** With `resume`: only what was said before this prompt of it. */
  resumeBefore: idSchema.optional(),
  fork: z.boolean().optional(),
  /** With the first command of a session: it works in a git worktree of its own. */
  worktree: z.boolean().optional(),
  /** Files that were uploaded before, by the ids that the relay gave them. */
  attachments: z.array(idSchema).max(MAX_ATTACHMENTS).optional(),
})
export type ClaudeCodeOptions = z.infer<typeof claudeCodeOptionsSchema>

// --- Kinds ----------------------------------------------------------------------------------------------------------

/** Inputs other than a command that an observer may append. */
export const INPUT_KINDS = ['cancel', 'decision', 'setting', 'queue', 'rewind', 'revoke'] as const
export const inputKindSchema = z.enum(INPUT_KINDS)
export type InputKind = z.infer<typeof inputKindSchema>

/** What an agent writes today. The wire takes any kind: an unknown one is stored, delivered and shown as unknown. */
export const AGENT_KINDS = [
  'run_started',
  'prompt',
  'text',
  'thinking',
  'tool_started',
  'tool_progress',
  'tool_finished',
  'decided',
  'request',
  'request_resolved',
  'tasks',
  'step',
  'rewound',
  'notice',
  'run_finished',
] as const
export type AgentKind = (typeof AGENT_KINDS)[number]

/** What the relay itself says of a command, beside the ends and notices that it writes where no agent can. */
export const RELAY_KINDS = ['held', 'attached'] as const

export const ENTRY_KINDS = ['command', ...INPUT_KINDS, ...AGENT_KINDS, ...RELAY_KINDS] as const
export type EntryKind = (typeof ENTRY_KINDS)[number]

/** Kinds whose body is the text itself; every other kind's body is one JSON document. */
export const TEXT_KINDS: readonly string[] = ['command', 'text', 'thinking']

const kindSchema = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/)
const keySchema = z.string().min(1).max(200)
const digestSchema = z.string().regex(/^[0-9a-f]{64}$/)

// --- Entries --------------------------------------------------------------------------------------------------------

export const STATUSES = ['streaming', 'complete', 'error'] as const
export const statusSchema = z.enum(STATUSES)
export type Status = z.infer<typeof statusSchema>

/**
 * One line of a session's log, as `command_result` carries it.
 * `prev` is the seq of the entry before it in what this reader receives; a reader applies it when `prev ≤ cursor < seq`.
 * An input's `commandId` is its own `inputId`.
 */
export const entrySchema = z.object({
  type: z.literal('command_result'),
  sessionId: idSchema,
  seq: z.int().positive(),
  prev: seqSchema,
  commandId: idSchema,
  kind: kindSchema,
  key: keySchema.optional(),
  final: z.boolean().optional(),
  digest: digestSchema.optional(),
  response: z.string(),
  status: statusSchema,
  code: z.string().optional(),
  author: authorSchema.optional(),
  at: timeSchema,
})
export type Entry = z.infer<typeof entrySchema>

/** `command_result` carries one entry, or what one tick gathered, in order. */
export const commandResultSchema = z.union([entrySchema, z.array(entrySchema)])

// --- Browser → server -----------------------------------------------------------------------------------------------

export const executeCommandSchema = z.object({
  type: z.literal('execute_command').optional(),
  projectId: idSchema,
  command: z.string().min(1),
  workingDirectory: z
    .string()
    .min(1)
    .max(4096)
    .refine((path) => !path.includes('\0'), 'must not contain NUL')
    .optional(),
  commandId: idSchema.optional(),
  sessionId: idSchema.optional(),
  expiresAt: timeSchema.optional(),
  options: claudeCodeOptionsSchema.optional(),
})
export type ExecuteCommand = z.infer<typeof executeCommandSchema>

/**
 * A decision carries the request's id as `key` and the digest of the input that was shown; a cancel the command's id as
 * `key`; a `queue` input that confirms a held command the key of its `held` entry.
 */
export const sendInputSchema = z.object({
  type: z.literal('send_input').optional(),
  sessionId: idSchema,
  inputId: idSchema.optional(),
  kind: inputKindSchema,
  data: z.string(),
  key: keySchema.optional(),
  digest: digestSchema.optional(),
})
export type SendInput = z.infer<typeof sendInputSchema>

export const DETAILS = ['full', 'final'] as const

export const subscribeSchema = z.object({
  type: z.literal('subscribe').optional(),
  sessionId: idSchema,
  /** The cursor; left out by a reader that has nothing yet. */
  after: seqSchema.optional(),
  /** The newest k entries instead of the first page, for a reader without a cursor or after a reset. */
  tail: z.int().positive().max(500).optional(),
  detail: z.enum(DETAILS).optional(),
  /** `gathered`: fewer and larger messages, a few a second; what a person waits for comes at once. */
  pace: z.enum(['every', 'gathered']).optional(),
  /** The log that `after` belongs to; another one is answered with `reset: true`. */
  logEpoch: z.string().max(100).optional(),
})
export type Subscribe = z.infer<typeof subscribeSchema>

export const readSchema = z.object({
  type: z.literal('read').optional(),
  sessionId: idSchema,
  before: z.int().positive().optional(),
  after: seqSchema.optional(),
  limit: z.int().positive().max(500),
})
export type Read = z.infer<typeof readSchema>

export const unsubscribeSchema = z.object({ type: z.literal('unsubscribe').optional(), sessionId: idSchema })
export type Unsubscribe = z.infer<typeof unsubscribeSchema>

export const watchProjectSchema = z.object({ type: z.literal('watch_project').optional(), projectId: idSchema })
export type WatchProject = z.infer<typeof watchProjectSchema>

export const listProjectsSchema = z.object({ type: z.literal('list_projects').optional() })
export type ListProjects = z.infer<typeof listProjectsSchema>

export const askAgentSchema = z.object({
  type: z.literal('ask_agent').optional(),
  projectId: idSchema,
  /** One of `agentMethods`; another agent may know more. */
  method: z
    .string()
    .max(64)
    .regex(/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$/),
  params: z.unknown().optional(),
})
export type AskAgent = z.infer<typeof askAgentSchema>

export const updateSessionSchema = z.object({
  type: z.literal('update_session').optional(),
  sessionId: idSchema,
  title: z.string().max(400).optional(),
  archived: z.boolean().optional(),
  pinned: z.boolean().optional(),
  readUpTo: seqSchema.optional(),
  /** Somebody wants it to count as unread, until `readUpTo` comes without it. */
  markedUnread: z.boolean().optional(),
  deleted: z.literal(true).optional(),
  /** With `deleted`: Claude Code's own record of the conversation, on the machine, goes too. */
  transcript: z.literal(true).optional(),
})
export type UpdateSession = z.infer<typeof updateSessionSchema>

export const OBSERVER_STATES = ['viewing', 'typing', 'answering', 'away'] as const
export const presenceSchema = z.object({
  type: z.literal('presence').optional(),
  sessionId: idSchema,
  state: z.enum(OBSERVER_STATES),
  /** The waiting message that is being edited there. */
  editing: idSchema.optional(),
})
export type Presence = z.infer<typeof presenceSchema>

export const probeSchema = z.object({ type: z.literal('probe').optional() })
export type Probe = z.infer<typeof probeSchema>

// --- Agent → server -------------------------------------------------------------------------------------------------

/** What an agent writes into a session's log. `n` is the agent's own number for it, dense from 1 in the session. */
export const commandResponseSchema = z.object({
  type: z.literal('command_response').optional(),
  sessionId: idSchema,
  commandId: idSchema,
  n: z.int().positive(),
  kind: kindSchema,
  key: keySchema.optional(),
  final: z.boolean().optional(),
  digest: digestSchema.optional(),
  data: z.string(),
  isComplete: z.boolean(),
  status: statusSchema.optional(),
  code: z.string().max(64).optional(),
  at: timeSchema,
})
export type CommandResponse = z.infer<typeof commandResponseSchema>

/** One response, or at most 64 of them in order. */
export const MAX_RESPONSES_PER_MESSAGE = 64
export const commandResponsesSchema = z.union([
  commandResponseSchema,
  z.array(commandResponseSchema).min(1).max(MAX_RESPONSES_PER_MESSAGE),
])

export const registeredProjectSchema = z.object({
  projectId: idSchema,
  name: z.string().min(1).max(200),
  path: z.string().min(1).max(4096),
})
export type RegisteredProject = z.infer<typeof registeredProjectSchema>

/** What Claude Code says that this agent was not tried with: messages, and fields that are gone. */
export const claudeDriftSchema = z.object({
  /** The version that it was tried with. */
  recorded: z.string().max(100),
  unknown: z.array(z.string().max(200)).max(100),
  gone: z.array(z.string().max(300)).max(100),
})
export type ClaudeDrift = z.infer<typeof claudeDriftSchema>

/** What answers where it is not Claude Code: an agent that speaks the Agent Client Protocol, under its own name. */
export const answeredBySchema = z.looseObject({
  name: z.string().max(100),
  version: z.string().max(100).optional(),
})
export type AnsweredBy = z.infer<typeof answeredBySchema>

export const claudeStatusSchema = z.looseObject({
  /** Left out: Claude Code. Otherwise all that is said here is about this one. */
  answeredBy: answeredBySchema.optional(),
  version: z.string().max(100).optional(),
  loggedIn: z.boolean().optional(),
  /** Why Claude Code can't run, when it can't: a code of the closed list and a sentence. */
  problem: z.object({ code: z.string().max(64), message: z.string().max(1000) }).optional(),
  drift: claudeDriftSchema.optional(),
})
export type ClaudeStatus = z.infer<typeof claudeStatusSchema>

export const agentHelloSchema = z.object({
  type: z.literal('agent_hello').optional(),
  protocol: z.int(),
  agentId: idSchema,
  connNo: z.int().positive(),
  bootId: z.string().max(100),
  name: z.string().min(1).max(100),
  host: z.string().max(200),
  versions: z.record(z.string().max(50), z.string().max(100)),
  projects: z.array(registeredProjectSchema).max(500),
  /** `acked`: what the relay acknowledged once, and the agent may have forgotten. */
  sessions: z.array(z.object({ sessionId: idSchema, lastN: seqSchema, acked: seqSchema.optional() })).max(10_000),
  /** The commands that the agent holds and has not ended. Left out: it does not say. */
  open: z.array(idSchema).max(10_000).optional(),
})
export type AgentHello = z.infer<typeof agentHelloSchema>

export const agentStatusSchema = z.object({
  type: z.literal('agent_status').optional(),
  claude: claudeStatusSchema,
  runs: z.array(z.object({ sessionId: idSchema, commandId: idSchema })).max(1000),
  load: z.number().nonnegative().optional(),
  /** Responses that the relay has not acknowledged. */
  unsent: z.int().nonnegative().optional(),
})
export type AgentStatus = z.infer<typeof agentStatusSchema>

// --- Server → agent -------------------------------------------------------------------------------------------------

/** A later version of the standard may say more than today's 55. */
const MAX_TRACEPARENT_CHARS = 512

/** An input on its way to the agent. For kind `command` the text is the prompt, else the input's JSON body. */
export const agentCommandSchema = z.object({
  type: z.literal('agent_command'),
  sessionId: idSchema,
  projectId: idSchema,
  seq: z.int().positive(),
  inputId: idSchema,
  kind: z.string(),
  key: keySchema.optional(),
  digest: digestSchema.optional(),
  command: z.string(),
  options: claudeCodeOptionsSchema,
  workingDirectory: z.string().optional(),
  expiresAt: timeSchema.optional(),
  author: authorSchema,
  at: timeSchema,
  /** W3C Trace Context, where the relay traces commands. Nothing depends on it. */
  traceparent: z.string().max(MAX_TRACEPARENT_CHARS).optional(),
})
export type AgentCommand = z.infer<typeof agentCommandSchema>

/** The answer to a hello that is taken. */
export const helloAcceptedSchema = z.object({
  epoch: z.int().nonnegative(),
  sessions: z.array(z.object({ sessionId: idSchema, lastN: seqSchema })),
  /** Inputs that wait for this agent, oldest first; each comes again as `agent_command`, whose ack takes it off the list. */
  inputs: z.array(agentCommandSchema),
})
export type HelloAccepted = z.infer<typeof helloAcceptedSchema>

export const agentRequestSchema = z.object({
  projectId: idSchema,
  method: z.string(),
  params: z.unknown().optional(),
  author: authorSchema,
})
export type AgentRequest = z.infer<typeof agentRequestSchema>

export const ackResponsesSchema = z.object({ sessionId: idSchema, n: seqSchema })
export type AckResponses = z.infer<typeof ackResponsesSchema>

export const gapSchema = z.object({ sessionId: idSchema, lastN: seqSchema })
export type Gap = z.infer<typeof gapSchema>

export const fencedSchema = z.object({ epoch: z.int(), reason: z.string() })
export type Fenced = z.infer<typeof fencedSchema>

// --- Server → browser -----------------------------------------------------------------------------------------------

export const limitsSchema = z.object({
  commandBytes: z.int(),
  inputBytes: z.int(),
  pageEntries: z.int(),
})
export type Limits = z.infer<typeof limitsSchema>

export const welcomeSchema = z.object({
  protocol: z.int(),
  serverTime: timeSchema,
  logEpoch: z.string(),
  /** Changes with every start of the server process. */
  instance: z.string(),
  user: z.object({ id: z.string(), name: z.string() }),
  limits: limitsSchema,
})
export type Welcome = z.infer<typeof welcomeSchema>

export const projectSchema = z.object({
  projectId: idSchema,
  name: z.string(),
  path: z.string(),
  agentId: idSchema,
  agentName: z.string(),
  online: z.boolean(),
})
export type Project = z.infer<typeof projectSchema>

/** Presence of the agent that serves a project. `since` is when this state began. */
export const agentPresenceSchema = z.object({
  agentId: idSchema,
  name: z.string(),
  host: z.string().optional(),
  online: z.boolean(),
  since: timeSchema,
  claude: claudeStatusSchema.optional(),
})
export type AgentPresence = z.infer<typeof agentPresenceSchema>

export const sessionSummarySchema = z.object({
  sessionId: idSchema,
  projectId: idSchema,
  title: z.string().optional(),
  head: seqSchema,
  /** Commands without a terminal entry. */
  running: z.int().nonnegative(),
  /** Requests that wait for a person. */
  attention: z.int().nonnegative(),
  /** How the latest finished command ended. */
  lastStatus: z.enum(['complete', 'error']).optional(),
  lastCode: z.string().optional(),
  archived: z.boolean(),
  pinned: z.boolean(),
  readUpTo: seqSchema,
  markedUnread: z.boolean().optional(),
  deleted: z.boolean().optional(),
  createdAt: timeSchema,
  updatedAt: timeSchema,
})
export type SessionSummary = z.infer<typeof sessionSummarySchema>

/** A request as the relay knows it: where it stands, never what it asks. */
export const attentionSchema = z.object({
  sessionId: idSchema,
  key: keySchema,
  digest: digestSchema.optional(),
  seq: z.int().positive(),
  state: z.enum(['open', 'decided', 'resolved']),
  by: authorSchema.optional(),
  at: timeSchema,
})
export type Attention = z.infer<typeof attentionSchema>

export const projectUpdateSchema = z.object({
  projectId: idSchema,
  agent: agentPresenceSchema.optional(),
  session: sessionSummarySchema.optional(),
  attention: attentionSchema.optional(),
})
export type ProjectUpdate = z.infer<typeof projectUpdateSchema>

export const projectSnapshotSchema = z.object({
  project: projectSchema,
  agent: agentPresenceSchema,
  sessions: z.array(sessionSummarySchema),
  requests: z.array(attentionSchema),
})
export type ProjectSnapshot = z.infer<typeof projectSnapshotSchema>

export const observerSchema = z.object({
  /** One tab or client. */
  id: z.string(),
  author: authorSchema,
  state: z.enum(OBSERVER_STATES),
  since: timeSchema,
  /** The waiting message that they edit. */
  editing: idSchema.optional(),
})
export type Observer = z.infer<typeof observerSchema>

export const presenceUpdateSchema = z.object({ sessionId: idSchema, observers: z.array(observerSchema) })
export type PresenceUpdate = z.infer<typeof presenceUpdateSchema>

export const headsSchema = z.object({
  serverTime: timeSchema,
  logEpoch: z.string(),
  heads: z.record(z.string(), seqSchema),
})
export type Heads = z.infer<typeof headsSchema>

export const goodbyeSchema = z.object({
  code: z.string(),
  message: z.string(),
  retryAfterMs: z.int().nonnegative().optional(),
})
export type Goodbye = z.infer<typeof goodbyeSchema>

/** A page `(from, to]` accounts for every seq in it: what is missing inside was superseded. */
export const pageSchema = z.object({
  entries: z.array(entrySchema),
  from: seqSchema,
  to: seqSchema,
})
export type Page = z.infer<typeof pageSchema>

export const subscriptionSchema = pageSchema.extend({
  logEpoch: z.string(),
  head: seqSchema,
  reset: z.boolean().optional(),
})
export type Subscription = z.infer<typeof subscriptionSchema>
