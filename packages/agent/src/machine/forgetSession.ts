import { FarhandError, type AgentParams, type AgentResult } from '@farhand/shared'
import type { Attachments } from '../attachments/attachments.ts'
import type { Transcripts } from '../claude/transcripts.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Spool } from '../spool/spool.ts'
import type { Worktrees } from '../worktrees/worktrees.ts'

export type ForgetParts = {
  sessions: Pick<Sessions, 'end'>
  spool: Pick<Spool, 'facts' | 'grants' | 'inbox' | 'outbox' | 'sessions'>
  transcripts: Transcripts
  attachments: Pick<Attachments, 'forget'>
  worktrees: Pick<Worktrees, 'leave'>
}

/**
 * A session was deleted: what runs there is stopped, what waits is not begun, and what is kept for it goes. The numbers of its
 * responses stay, or one could be given out twice. Claude Code's own record of the conversation is left alone unless it is
 * asked for: it is the developer's, and may be gone on with in a terminal.
 * @throws FarhandError `NOT_FOUND` where the session is of another project; then nothing is changed
 */
export async function forgetSession(
  parts: ForgetParts,
  { projectId, root }: { projectId: string; root: string },
  { sessionId, transcript = false }: AgentParams<'sessions.forget'>,
): Promise<AgentResult<'sessions.forget'>> {
  const { sessions, spool, transcripts, attachments, worktrees } = parts
  if (isOfAnother(parts, sessionId, projectId)) throw new FarhandError('NOT_FOUND', 'There is no such session.')
  await sessions.end(sessionId, { code: 'CANCELLED', message: 'The session was deleted.' })
  for (const { input } of spool.inbox.open('accepted')) {
    if (input.sessionId === sessionId) spool.inbox.finish(input.inputId)
  }
  const { claudeSessionId } = spool.sessions.get(sessionId)
  const place = spool.facts.get(sessionId).worktree?.path ?? root
  const removed = transcript && claudeSessionId !== undefined && (await transcripts.remove(claudeSessionId, place))
  const worktree = await worktrees.leave(sessionId)
  await attachments.forget(sessionId)
  spool.facts.forget(sessionId)
  spool.grants.forget(sessionId)
  spool.outbox.drop(sessionId)
  spool.sessions.forgetConversation(sessionId)
  return { transcript: removed, worktree }
}

/** Of a session that nothing is known of there is nothing to lose. */
function isOfAnother({ spool: { facts, inbox } }: ForgetParts, sessionId: string, projectId: string): boolean {
  const waiting = [...inbox.open('accepted'), ...inbox.open('started')]
  const projects = waiting.filter(({ input }) => input.sessionId === sessionId).map(({ input }) => input.projectId)
  return [facts.get(sessionId).projectId ?? projectId, ...projects].some((each) => each !== projectId)
}
