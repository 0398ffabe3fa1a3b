import { join, relative } from 'node:path'
import { FarhandError, idSchema, type AgentResult } from '@farhand/shared'
import { isInside } from '../projects/directories.ts'
import type { SessionFactsStore } from '../spool/sessionFacts.ts'
import type { SessionRecords } from '../spool/sessionRecords.ts'

/**
 * Where a conversation of this project is held, so that another session may begin as a fork of it.
 * @throws FarhandError `NOT_FOUND` where nothing was said in it yet, or it is another project's
 */
export function sessionOrigin(
  { facts, records }: { facts: SessionFactsStore; records: SessionRecords },
  root: string,
  sessionId: string,
): AgentResult<'sessions.origin'> {
  const { directory, worktree, resumeAt } = facts.get(sessionId)
  const claudeSessionId = idSchema.safeParse(records.get(sessionId).claudeSessionId).data
  const place = worktree?.root === root ? worktree.path : root
  if (claudeSessionId === undefined || directory === undefined || !isInside(place, directory)) {
    throw new FarhandError('NOT_FOUND', 'There is no conversation with Claude Code in this session to fork.')
  }
  return {
    claudeSessionId,
    workingDirectory: join(root, relative(place, directory)),
    ...(worktree === undefined ? {} : { worktree: { branch: worktree.branch } }),
    rewound: resumeAt !== undefined,
  }
}
