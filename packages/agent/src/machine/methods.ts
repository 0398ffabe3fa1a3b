import { FarhandError, type ClaudeStatus } from '@farhand/shared'
import type { Accounts } from '../budget/accounts.ts'
import type { Transcripts } from '../claude/transcripts.ts'
import { isInside } from '../projects/directories.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { GrantStore } from '../spool/grants.ts'
import type { SessionFactsStore } from '../spool/sessionFacts.ts'
import type { SessionRecords } from '../spool/sessionRecords.ts'
import { forgetSession, type ForgetParts } from './forgetSession.ts'
import { createCatalogs, type CatalogsParts } from './catalogs.ts'
import type { Git } from './git.ts'
import { readGitDiff } from './gitDiff.ts'
import { readGitStatus } from './gitStatus.ts'
import { listImportable } from './importable.ts'
import type { Methods } from './machine.ts'
import { readProjectFile } from './readFile.ts'
import { sessionOrigin } from './sessionOrigin.ts'
import { createFileSearch } from './searchFiles.ts'
import { readTaskOutput } from './taskOutput.ts'

export type MethodParts = CatalogsParts & {
  git: Git
  transcripts: Transcripts
  facts: SessionFactsStore
  records: SessionRecords
  grants: Pick<GrantStore, 'active'>
  lookAtClaude(): Promise<ClaudeStatus>
  forget: ForgetParts
  accounts: Pick<Accounts, 'usage'>
  sessions: Pick<Sessions, 'previewRewind' | 'outputFile'>
}

/** Every method with what answers it. */
export function createMethods(parts: MethodParts): Methods {
  const { git } = parts
  /** A session's own worktree, where it has one of this project. */
  const place = (params: { sessionId?: string | undefined } | undefined, root: string): string => {
    const { worktree } = params?.sessionId === undefined ? {} : parts.facts.get(params.sessionId)
    return worktree?.root === root ? worktree.path : root
  }
  const isOf = (sessionId: string, root: string): boolean => {
    const { directory } = parts.facts.get(sessionId)
    return directory !== undefined && isInside(place({ sessionId }, root), directory)
  }
  const search = createFileSearch(git, parts.clock)
  const catalogs = createCatalogs(parts)
  return {
    claude_status: () => parts.lookAtClaude(),
    'files.search': (params, { root, signal }) => search(place(params, root), params, signal),
    'files.read': (params, { root }) => readProjectFile(place(params, root), params),
    'git.status': (params, { root, signal }) => readGitStatus(place(params, root), git, signal),
    'git.diff': (params, { root, signal }) => readGitDiff(place(params, root), git, params, signal),
    'models.list': async (_params, { root, signal }) => ({ models: (await catalogs(root, signal)).models }),
    'commands.list': async (_params, { root, signal }) => ({ commands: (await catalogs(root, signal)).commands }),
    'sessions.importable': (params, { root, signal }) => listImportable(parts, root, params, signal),
    'tasks.output': ({ sessionId, taskId }, { root }) =>
      readTaskOutput(isOf(sessionId, root) ? parts.sessions.outputFile(sessionId, taskId) : undefined),
    'sessions.origin': async ({ sessionId }, { root }) => sessionOrigin(parts, root, sessionId),
    'sessions.forget': (params, asked) => forgetSession(parts.forget, asked, params),
    'usage.list': async (_params, { projectId }) => parts.accounts.usage(projectId),
    'grants.list': async ({ sessionId }, { root }) => ({
      grants: isOf(sessionId, root)
        ? parts.grants.active(sessionId).map(({ sessionId: _session, ...grant }) => grant)
        : [],
    }),
    'sessions.rewind_preview': async ({ sessionId, to }, { root }) => {
      if (!isOf(sessionId, root)) throw new FarhandError('NOT_FOUND', 'There is no such session.')
      return parts.sessions.previewRewind(sessionId, to)
    },
  }
}
