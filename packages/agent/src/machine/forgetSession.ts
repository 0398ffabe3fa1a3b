import type { AgentParams, AgentResult } from '@farhand/shared'
import type { Attachments } from '../attachments/attachments.ts'
import type { Transcripts } from '../claude/transcripts.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Spool } from '../spool/spool.ts'

export type ForgetParts = {
  sessions: Pick<Sessions, 'end'>
  spool: Pick<Spool, 'facts' | 'inbox' | 'sessions'>
  transcripts: Transcripts
  attachments: Pick<Attachments, 'forget'>
}

/**
 * A session was deleted: what runs there is stopped, what waits is not begun, and what is kept for it goes. The numbers of its
 * responses stay, or one could be given out twice. Claude Code's own record of the conversation is left alone unless it is
 * asked for: it is the developer's, and may be gone on with in a terminal.
 */
export async function forgetSession(
  { sessions, spool, transcripts, attachments }: ForgetParts,
  root: string,
  { sessionId, transcript = false }: AgentParams<'sessions.forget'>,
): Promise<AgentResult<'sessions.forget'>> {
  await sessions.end(sessionId, { code: 'CANCELLED', message: 'The session was deleted.' })
  for (const { input } of spool.inbox.open('accepted')) {
    if (input.sessionId === sessionId) spool.inbox.finish(input.inputId)
  }
  const { claudeSessionId } = spool.sessions.get(sessionId)
  await attachments.forget(sessionId)
  spool.facts.forget(sessionId)
  spool.sessions.forgetConversation(sessionId)
  if (!transcript || claudeSessionId === undefined) return { transcript: false }
  return { transcript: await transcripts.remove(claudeSessionId, root) }
}
