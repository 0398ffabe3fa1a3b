import { FarhandError, MAX_PREVIEW_BYTES, type AgentParams, type AgentResult } from '@farhand/shared'
import type { Git } from './git.ts'
import { namedInProject, resolveInProject } from './projectPath.ts'

const MAX_DIFF_BYTES = 2 * MAX_PREVIEW_BYTES
const NOTHING_FILE = process.platform === 'win32' ? 'NUL' : '/dev/null'
/** Neither colours nor programs that the repository names. */
const PLAIN = ['--no-color', '--no-ext-diff', '--no-textconv']

/**
 * A unified diff of what has changed below the directory since the last commit, or of what is staged. A file that git
 * does not know yet is shown when it is asked for by name.
 *
 * @throws FarhandError `NOT_FOUND` (path outside), `BAD_REQUEST` where there is no git
 */
export async function readGitDiff(
  root: string,
  git: Git,
  params: AgentParams<'git.diff'>,
  signal: AbortSignal,
): Promise<AgentResult<'git.diff'>> {
  const { path, staged = false } = params ?? {}
  const options = { cwd: root, signal, maxBytes: MAX_DIFF_BYTES }
  // By name: a file that was deleted has a diff as well.
  const wanted = path === undefined ? '.' : namedInProject(root, path)
  const base = await lastCommit(root, git, signal)
  const args = ['diff', ...PLAIN, '--relative', '--find-renames', ...(staged ? ['--cached'] : []), base, '--', wanted]
  const told = await git(args, options)
  if (path === undefined || staged || told.stdout !== '') return { diff: told.stdout, truncated: told.truncated }
  const known = await git(['ls-files', '--error-unmatch', '--', wanted], options)
  if (known.exitCode === 0) return { diff: '', truncated: false }
  await resolveInProject(root, path)
  const fresh = await git(['diff', ...PLAIN, '--no-index', '--', NOTHING_FILE, path], options)
  return { diff: fresh.stdout, truncated: fresh.truncated }
}

/** Before the first commit everything is new. */
async function lastCommit(root: string, git: Git, signal: AbortSignal): Promise<string> {
  const head = await git(['rev-parse', '--verify', '--quiet', 'HEAD'], { cwd: root, signal })
  if (head.exitCode === 0) return head.stdout.trim()
  const empty = await git(['hash-object', '-t', 'tree', NOTHING_FILE], { cwd: root, signal })
  const isRepository = (await git(['rev-parse', '--git-dir'], { cwd: root, signal })).exitCode === 0
  if (!isRepository || empty.exitCode !== 0) throw new FarhandError('BAD_REQUEST', 'The project is not kept in git.')
  return empty.stdout.trim()
}
