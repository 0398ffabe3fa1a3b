import type { EntryRow, InputRow, RequestRow, SessionRow } from '../rows.ts'

/**
 * The rows that a batch reads and writes in one transaction, its own writes included. Synchronous, so that nothing comes in
 * between two items: a store whose rows are elsewhere loads before what the batch can ask for.
 */
export type Tables = {
  hasProject(projectId: string): boolean
  session(sessionId: string): OwnedSession | undefined
  createSession(row: SessionRow): void
  saveSession(row: SessionRow): void
  /** A command, or another input. */
  input(inputId: string): InputFacts | undefined
  insertInput(row: InputRow): void
  /** The agent holds it, so that it is not offered again. */
  deliver(inputId: string): void
  /** Answers whether there was such a command without an end. */
  finish(sessionId: string, commandId: string): boolean
  /** The terminal entry of a command; without an `n` the relay wrote it. */
  end(sessionId: string, commandId: string): NumberedEntry | undefined
  entryByN(sessionId: string, n: number): EntryRow | undefined
  /** Whether an agent has said something about the command. */
  hasBegun(sessionId: string, commandId: string): boolean
  insertEntry(row: NumberedEntry): void
  request(sessionId: string, key: string): RequestRow | undefined
  /** Those of a command that are not resolved. */
  requestsOf(sessionId: string, commandId: string): RequestRow[]
  saveRequest(row: RequestRow): void
}

/** With the agent that its project belongs to. */
export type OwnedSession = SessionRow & { agent_id: string }
/** `n` is the agent's number, null for what others write. */
export type NumberedEntry = EntryRow & { n: number | null }
export type InputFacts = Pick<InputRow, 'session_id' | 'seq' | 'body_hash' | 'delivered' | 'finished'> & {
  project_id: string
}
