import { existsSync, realpathSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Git } from '../machine/git.ts'
import { listSessionFacts } from '../spool/sessionFacts.ts'
import type { Print } from '../tell.ts'
import { worktreesIn } from './worktrees.ts'

/**
 * `farhand-agent worktrees`: a worktree in which something would be lost stays when its session is deleted. Here the person at
 * the machine sees what there is, and removes what is not wanted. A running agent is not disturbed.
 */
export type WorktreePlaces = { dir: string; git: Git }

/** One that git does not take for a worktree (any more) has no branch. */
export type LeftWorktree = {
  path: string
  branch: string | undefined
  /** The session that works in it; left out where that is deleted. */
  sessionId?: string
  /** Files that are changed or new, and that no commit holds. */
  changed: number
  /** Files that git ignores, like `.env`; they would go too. */
  ignored: number
}

/** @returns the exit code */
export async function listWorktrees(places: WorktreePlaces, print: Print): Promise<number> {
  const found = await findWorktrees(places)
  if (found.length === 0) print(`There are no worktrees in ${worktreesIn(places.dir)}.`)
  for (const each of found) print(describeWorktree(each))
  return 0
}

/**
 * Removes a worktree with all in it that is not committed; its branch stays.
 * @returns the exit code: 1 where it was not removed
 */
export async function removeWorktree(places: WorktreePlaces, path: string, print: Print): Promise<number> {
  const { git } = places
  const worktree = (await findWorktrees(places)).find((each) => each.path === realOf(path))
  const refusal = whyNotRemoved(worktree, path)
  if (refusal !== undefined || worktree === undefined) {
    print(refusal ?? '')
    return 1
  }
  const main = await git(['rev-parse', '--path-format=absolute', '--git-common-dir'], { cwd: worktree.path })
  const gitDirectory = `--git-dir=${main.stdout.trimEnd()}`
  const removed = await git([gitDirectory, 'worktree', 'remove', '--force', worktree.path], { cwd: places.dir })
  if (removed.exitCode !== 0) {
    print(`Git did not remove ${worktree.path}.`)
    return 1
  }
  print(`${worktree.path} is removed. Its branch ${worktree.branch ?? ''} stays.`)
  return 0
}

function whyNotRemoved(worktree: LeftWorktree | undefined, path: string): string | undefined {
  if (worktree === undefined) return `${path} is none of the agent's worktrees: see farhand-agent worktrees`
  if (worktree.branch === undefined)
    return `Git does not know ${worktree.path} (any more): remove the directory yourself`
  if (worktree.sessionId === undefined) return undefined
  return `The session ${worktree.sessionId} works in ${worktree.path}: delete the session first`
}

async function findWorktrees({ dir, git }: WorktreePlaces): Promise<LeftWorktree[]> {
  const parent = realOf(worktreesIn(dir))
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => [])
  const sessions = sessionsByWorktree(dir)
  const paths = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(parent, name))
  return Promise.all(
    paths.toSorted().map(async (path) => {
      const sessionId = sessions.get(path)
      const top = await git(['rev-parse', '--show-toplevel'], { cwd: path })
      const isWorktree = top.exitCode === 0 && top.stdout.trimEnd() === path
      const of = { path, ...(sessionId === undefined ? {} : { sessionId }) }
      if (!isWorktree) return { ...of, branch: undefined, changed: 0, ignored: 0 }
      const branch = await git(['rev-parse', '--abbrev-ref', 'HEAD'], { cwd: path })
      const status = await git(['status', '--porcelain', '-z', '--ignored', '--no-renames'], { cwd: path })
      return { ...of, branch: branch.stdout.trimEnd(), ...countChanges(status.stdout) }
    }),
  )
}

/** `git status --porcelain -z`, one record for each file. Pure. */
export function countChanges(source: string): Pick<LeftWorktree, 'changed' | 'ignored'> {
  const records = source.split('\0').filter((record) => record !== '')
  const ignored = records.filter((record) => record.startsWith('!!')).length
  return { changed: records.length - ignored, ignored }
}

/** One line for the person at the machine. Pure. */
export function describeWorktree({ path, branch, sessionId, changed, ignored }: LeftWorktree): string {
  if (branch === undefined) return `${path}: git does not know it (any more)`
  const lost = [
    ...(changed === 0 ? [] : [`${changed} not committed`]),
    ...(ignored === 0 ? [] : [`${ignored} ignored by git`]),
  ]
  const whose = sessionId === undefined ? 'its session is deleted' : `session ${sessionId}`
  return `${path}: ${branch}; ${whose}; ${lost.length === 0 ? 'nothing would be lost' : lost.join(', ')}`
}

function sessionsByWorktree(dir: string): Map<string, string> {
  const file = join(dir, 'agent.db')
  if (!existsSync(file)) return new Map()
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    return new Map(
      listSessionFacts(db).flatMap(({ sessionId, facts: { worktree } }) =>
        worktree === undefined ? [] : [[realOf(worktree.path), sessionId] as const],
      ),
    )
  } finally {
    db.close()
  }
}

function realOf(path: string): string {
  try {
    return realpathSync.native(path)
  } catch {
    return path // it is not there
  }
}
