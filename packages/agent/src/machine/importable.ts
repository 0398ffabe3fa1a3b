import { idSchema, type AgentParams, type AgentResult, type ImportableSession } from '@farhand/shared'
import type { TranscriptSummary, Transcripts } from '../claude/transcripts.ts'
import type { SessionFactsStore } from '../spool/sessionFacts.ts'

const DEFAULT_LIMIT = 20

/** Conversations with Claude Code that were held in the project, wherever they were begun: in a terminal, an editor, here. */
export async function listImportable(
  { transcripts, facts }: { transcripts: Transcripts; facts: SessionFactsStore },
  root: string,
  params: AgentParams<'sessions.importable'>,
  signal: AbortSignal,
): Promise<AgentResult<'sessions.importable'>> {
  const { limit = DEFAULT_LIMIT, offset = 0 } = params ?? {}
  const { sessions, truncated } = await transcripts.list(root, { limit, offset }, signal)
  const told = sessions.filter(({ id }) => idSchema.safeParse(id).success)
  return { sessions: told.map((session) => toImportable(session, facts.sessionOf(session.id))), truncated }
}

const MAX_TEXT = 300

function toImportable(found: TranscriptSummary, sessionId: string | undefined): ImportableSession {
  const { id, directory, title, firstPrompt, messages, branch, createdAt, changedAt } = found
  return {
    claudeSessionId: id,
    workingDirectory: directory,
    title: cut(title),
    changedAt: time(changedAt),
    ...(firstPrompt === undefined ? {} : { firstPrompt: cut(firstPrompt) }),
    ...(messages === undefined ? {} : { messages }),
    ...(branch === undefined ? {} : { branch }),
    ...(createdAt === undefined ? {} : { createdAt: time(createdAt) }),
    ...(sessionId === undefined ? {} : { sessionId }),
  }
}

function cut(text: string): string {
  return text.slice(0, MAX_TEXT).toWellFormed()
}

function time(ms: number): number {
  return Math.max(0, Math.round(ms))
}
