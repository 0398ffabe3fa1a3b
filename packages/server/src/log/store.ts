import type {
  AgentCommand,
  AgentHello,
  Attention,
  Author,
  ClaudeCodeOptions,
  CommandResponse,
  Entry,
  FarhandError,
  InputKind,
  Page,
  SessionSummary,
} from '@farhand/shared'
import type { PushStore } from './push/store.ts'
import type { RetentionStore } from './retention/store.ts'

/**
 * What the relay keeps, as small interfaces: the log, the agents with their projects, the credentials, what opens something
 * once, what deletes by rule, and whom to tell when no page is open.
 *
 * The contract of every implementation (`storeContract.ts` holds each to it):
 * - A promise that resolves means that the write is on disk and survives power loss.
 * - Each method is atomic: others see all of it or nothing.
 * - A failure is a rejection with `STORAGE_BUSY` or `STORAGE_UNAVAILABLE`, and nothing of that call was written.
 * - Times are epoch milliseconds and come in as arguments.
 */
export type Store = LogStore &
  AgentStore &
  CredentialStore &
  OneTimeStore &
  RetentionStore &
  PushStore & {
    /** The time that those who serve the store go by. */
    readonly clock: { now(): number }
    /** Closing again does nothing. */
    close(): Promise<void>
  }

// --- The log --------------------------------------------------------------------------------------------------------

export type LogStore = {
  /** Random at the creation of the store, and when it was put back to an older state (LOG9). */
  readonly logEpoch: string
  /** Whether this log was found to be older than the one that was here last. */
  readonly rolledBack: boolean
  /**
   * Decides and writes a batch in one transaction, in order. `outcomes[i]` answers `batch[i]`; one item's refusal does
   * not touch the others (see `accept.ts` for the rules).
   */
  append(batch: readonly Append[], now: number): Promise<BatchResult>
  /**
   * Entries with `after < seq < before`, at most `limit` of them and about `MAX_PAGE_BYTES`: the first ones where
   * `after` is given, else the newest. `(from, to]` accounts for every seq in it. Undefined for an unknown session.
   */
  page(question: PageQuestion): Promise<(Page & { head: number }) | undefined>
  session(sessionId: string): Promise<SessionSummary | undefined>
  /** How far each of these sessions got; deleted and unknown ones are left out. */
  heads(sessionIds: readonly string[]): Promise<Map<string, number>>
  /** The sessions of a project, the latest change first, without deleted ones. */
  sessions(projectId: string): Promise<SessionSummary[]>
  /** Deleting also removes the session's entries and requests, and takes back what no agent has accepted yet. */
  updateSession(sessionId: string, change: SessionChange, now: number): Promise<ChangedSession | undefined>
  openRequests(projectId: string): Promise<Attention[]>
  /** Commands past their `expiresAt` that no agent has acknowledged, with the agent that each is for. */
  expiredCommands(now: number, limit: number): Promise<ExpiredCommand[]>
  /** The oldest input of a session that its agent has not acknowledged, among the cancels or among all others that are not held. */
  nextInput(sessionId: string, lane: Lane): Promise<WaitingInput | undefined>
  /** What waits for an agent: cancels first, then oldest first, without what is held. */
  waitingInputs(agentId: string, limit: number): Promise<WaitingInput[]>
  /** Commands that an agent acknowledged and nobody has ended. */
  openCommands(agentId: string): Promise<{ sessionId: string; commandId: string }[]>
  sessionsWithInputs(agentId: string): Promise<string[]>
  /**
   * Drops previews that a final record replaced (LOG7), up to a position, looking at no more than `limit` entries that
   * were not looked at before. Answers whether there are more of them.
   */
  compact(upTo: number, limit: number): Promise<boolean>
  /**
   * Whether this process is the one that does what exactly one of those that serve the store has to do. What it guards
   * has to be right when two believe it for a moment.
   */
  holdsLease(): Promise<boolean>
  /** The position of the newest entry of all, for `compact`. */
  position(): Promise<number>
  /** Resolves when a write reaches the disk. */
  checkWritable(): Promise<void>
  /** What has to be done every few seconds: keeps the write-ahead log short, and notes how far the log got. */
  upkeep(): Promise<StoreCondition>
}

export type StoreCondition = {
  /** The size of the write-ahead log, after it was emptied if nobody was reading from it. */
  walBytes: number
  /** The database was found to be damaged: nothing more is written. */
  damaged: boolean
  /** How far this machine's clock is ahead of that of a database that has its own. */
  clockAheadMs?: number
}

export type Lane = 'cancel' | 'other'
export type ExpiredCommand = { commandId: string; agentId: string }

/** `confirmedAt`: when a person said that the command is still wanted. */
export type WaitingInput = { input: AgentCommand; confirmedAt?: number }

export type PageQuestion = {
  sessionId: string
  after?: number | undefined
  before?: number | undefined
  limit: number
  /** `final` leaves deltas out and chains `prev` over them (SUB6). */
  detail: 'full' | 'final'
}

export type SessionChange = {
  title?: string | undefined
  archived?: boolean | undefined
  pinned?: boolean | undefined
  /** Without `markedUnread` it takes that mark away: what is read is not unread any more. */
  readUpTo?: number | undefined
  markedUnread?: boolean | undefined
  deleted?: true | undefined
}

/** `unused`: attachments that no input names any more, because all that did were of the deleted session. */
export type ChangedSession = { session: SessionSummary; unused: string[] }

export type Append =
  | {
      type: 'command'
      projectId: string
      sessionId: string
      commandId: string
      prompt: string
      /** What its session is called, where it opens one. */
      title?: string | undefined
      options: ClaudeCodeOptions
      workingDirectory: string | undefined
      expiresAt: number | undefined
      /** SHA-256 of what makes a repeat the same command (LOG2). */
      bodyHash: string
      author: Author
      /** Why it can't be taken, unless it is a repeat of one that was (LOG2). */
      refusal?: FarhandError | undefined
    }
  | {
      type: 'input'
      sessionId: string
      inputId: string
      kind: InputKind | 'attached'
      data: string
      key: string | undefined
      digest: string | undefined
      bodyHash: string
      author: Author
    }
  | { type: 'response'; agentId: string; response: CommandResponse }
  /** The relay's own terminal entry for a command that nobody took in time. */
  | { type: 'expire'; commandId: string }
  /** The agent holds the input durably. */
  | { type: 'delivered'; inputId: string }
  /** The command waited so long that a person has to confirm it; until then it is handed to nobody (CMD2). */
  | { type: 'hold'; commandId: string; waitedMs: number }
  /** The relay's own terminal entry for a held command that somebody does not want any more. */
  | { type: 'drop'; sessionId: string; commandId: string }
  /** The relay's own terminal entry for a command that its agent, all of whose responses up to `n` are here, does not hold any more. */
  | { type: 'interrupt'; commandId: string; n: number }
  /** The agent's responses up to `n` were acknowledged by a newer state of this log, and are lost. */
  | { type: 'roll_forward'; sessionId: string; agentId: string; n: number }

export type Outcome =
  | { verdict: 'accepted'; entry: Entry }
  /** Stored before; this is the first answer. */
  | { verdict: 'same'; sessionId: string; seq: number }
  | { verdict: 'refused'; error: FarhandError }
  /** Numbers are missing after `lastN`. */
  | { verdict: 'gap'; lastN: number }
  /** Nothing to store: the work was done already, or its session was deleted. */
  | { verdict: 'void'; begun?: Begun }

/**
 * Why the relay did not end or hold a command that nobody has acknowledged: the agent has spoken of it. It has it, or it had, and
 * the end stood in entries that a restored log has lost; so it is offered once more, and the agent says which.
 */
export type Begun = { sessionId: string; commandId: string }

export type BatchResult = {
  outcomes: Outcome[]
  /** The sessions that this batch changed, as they now stand. */
  sessions: SessionSummary[]
  /** The requests that this batch opened, decided or resolved. */
  attention: { projectId: string; attention: Attention }[]
}

// --- Agents and projects --------------------------------------------------------------------------------------------

export type ProjectRecord = { projectId: string; name: string; path: string; agentId: string; agentName: string }
export type AgentRecord = { agentId: string; name: string; host: string }

export type AgentStore = {
  projects(): Promise<ProjectRecord[]>
  project(projectId: string): Promise<ProjectRecord | undefined>
  agent(agentId: string): Promise<AgentRecord | undefined>
  /** Takes an agent in, under the next epoch, unless `connNo` is old (AG1) or another agent has one of its projects (AG3). */
  acceptHello(hello: AgentHello, now: number): Promise<HelloOutcome>
}

export type HelloOutcome =
  | { verdict: 'accepted'; epoch: number; sessions: { sessionId: string; lastN: number }[] }
  | { verdict: 'refused'; error: FarhandError }

// --- Credentials ----------------------------------------------------------------------------------------------------

export type TokenRole = 'owner' | 'agent'
export type TokenRecord = { tokenId: string; role: TokenRole; name: string }
/** A browser's login. `tokenId` is the token that it came from, and with which it ends. */
export type WebSessionRecord = {
  hash: string
  tokenId: string | undefined
  name: string
  /** In words: "Chrome on Linux". */
  device?: string | undefined
  expiresAt: number
}
/** One that is signed in, with when it came and when it was last there. */
export type LiveWebSession = WebSessionRecord & { createdAt: number; seenAt: number }

/** Secrets come in and are kept as hex SHA-256 only. */
export type CredentialStore = {
  createToken(token: TokenRecord & { hash: string }, now: number): Promise<void>
  tokenByHash(hash: string): Promise<TokenRecord | undefined>
  tokenExists(tokenId: string): Promise<boolean>
  /** The oldest first. */
  tokens(): Promise<(TokenRecord & { createdAt: number })[]>
  /** With the browser logins that came from it. Answers whether there was one. */
  deleteToken(tokenId: string): Promise<boolean>
  createWebSession(session: WebSessionRecord, now: number): Promise<void>
  /** Undefined where it ended, expired, or its token is gone. */
  webSession(hash: string, now: number): Promise<WebSessionRecord | undefined>
  /** Those that `webSession` answers, the one that was seen last first. */
  webSessions(now: number): Promise<LiveWebSession[]>
  /** It was there just now. One that ended does not come back by it. */
  touchWebSession(hash: string, now: number): Promise<void>
  deleteWebSession(hash: string): Promise<void>
  /** Answers how many there were. */
  deleteWebSessions(): Promise<number>
}

// --- Secrets that open something once -------------------------------------------------------------------------------

export type OneTimeKind = 'ticket' | 'login'

export type OneTime = {
  kind: OneTimeKind
  /** Hex SHA-256 of the secret. */
  hash: string
  /** Whose it is: a former one of theirs goes. */
  owner?: string | undefined
  /** What it stands for. */
  body: string
  lifeMs: number
  /** Of this kind; beyond that the oldest go. */
  most: number
}
export type TakenOnce = { body: string; leftMs: number }

/** They need not outlive the process that serves the store alone; of several, each takes what another kept. */
export type OneTimeStore = {
  keepOnce(secret: OneTime): Promise<void>
  /** Of several who ask for it one gets it; undefined where it is unknown, taken or too old. */
  takeOnce(kind: OneTimeKind, hash: string): Promise<TakenOnce | undefined>
}
