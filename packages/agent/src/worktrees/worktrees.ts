import { mkdir, realpath, stat } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { FarhandError, type AgentCommand } from '@farhand/shared'
import type { Git } from '../machine/git.ts'
import type { SessionFactsStore } from '../spool/sessionFacts.ts'

/**
 * A git worktree of its own for a session that wishes one, so that two sessions of a project do not write over each other.
 * It is `<AGENT_DIR>/worktrees/<project>-<session>`, on the branch `farhand/<words of the prompt>-<session>`.
 */
export type Worktrees = {
  /**
   * Where a command works: in the session's worktree where it has one, or makes one. A fork of a conversation in a worktree works
   * in that very one, because Claude Code finds a conversation only where it was held.
   * @param root of the project; @param directory inside it
   * @throws FarhandError `BAD_REQUEST` in words where there can be none, `CWD_MISSING` where it was removed
   */
  enter(input: AgentCommand, root: string, directory: string): Promise<{ root: string; directory: string }>
  /** Removes it where nothing in it would be lost; a branch with commits of its own stays in any case. */
  leave(sessionId: string): Promise<'none' | 'removed' | 'kept'>
}

export type WorktreeParts = { git: Git; facts: SessionFactsStore; dir: string }

export function createWorktrees(parts: WorktreeParts): Worktrees {
  const { git, facts } = parts
  return {
    async enter(input, root, directory) {
      const { sessionId, options } = input
      const known = facts.get(sessionId).worktree ?? share(facts, input, root)
      const worktree = known ?? (options.worktree === true ? await make(parts, input, root) : undefined)
      if (worktree === undefined) return { root, directory }
      const inside = join(worktree.path, relative(root, directory))
      if (!(await isDirectory(inside))) throw new FarhandError('CWD_MISSING', `${inside} is not there (any more).`)
      return { root: worktree.path, directory: inside }
    },
    async leave(sessionId) {
      const { worktree } = facts.get(sessionId)
      if (worktree === undefined) return 'none'
      const { path, branch, root } = worktree
      const others = facts.all().filter((each) => each.sessionId !== sessionId && each.facts.worktree?.path === path)
      if (others.length > 0) return 'kept'
      // Without force git refuses where something is changed or new; so it does for a branch that is not merged.
      const removed = await git(['worktree', 'remove', path], { cwd: root })
      if (removed.exitCode !== 0 && (await isDirectory(path))) return 'kept'
      await git(['branch', '--delete', branch], { cwd: root })
      return 'removed'
    },
  }
}

/** The worktree in which the conversation is held that the session begins as a fork of. */
function share(facts: SessionFactsStore, { sessionId, projectId, options }: AgentCommand, root: string) {
  const { resume, fork } = options
  const source = fork === true && resume !== undefined ? facts.sessionOf(resume) : undefined
  const { directory } = facts.get(sessionId)
  if (source === undefined || directory !== undefined) return undefined
  const { worktree, projectId: of } = facts.get(source)
  if (worktree === undefined || of !== projectId || worktree.root !== root) return undefined
  facts.set(sessionId, { worktree })
  return worktree
}

async function make({ git, facts, dir }: WorktreeParts, input: AgentCommand, root: string) {
  const { sessionId, command } = input
  if (facts.get(sessionId).directory !== undefined) throw new FarhandError('BAD_REQUEST', TOO_LATE)
  const top = await git(['rev-parse', '--show-toplevel'], { cwd: root })
  if (top.exitCode !== 0)
    throw new FarhandError('BAD_REQUEST', 'The project is not kept in git, so it can have no worktree.')
  if (top.stdout.trimEnd() !== root) throw new FarhandError('BAD_REQUEST', NOT_TOP)
  const head = await git(['rev-parse', '--verify', '--quiet', 'HEAD'], { cwd: root })
  if (head.exitCode !== 0)
    throw new FarhandError('BAD_REQUEST', 'The project has no commit yet that a worktree could begin with.')
  const id = sessionId.slice(-ID_LETTERS)
  const path = join(worktreesIn(dir), `${basename(root)}-${id}`)
  const branch = `farhand/${slugOf(command)}${id}`
  await mkdir(worktreesIn(dir), { recursive: true, mode: 0o700 })
  // After a crash it may be there, and not be known yet. What else is there is not this session's: git refuses it.
  const made = (await isMade(git, root, path, branch)) || (await add(git, root, path, branch))
  if (!made) throw new FarhandError('BAD_REQUEST', `Git could not make the worktree ${path} on the branch ${branch}.`)
  const worktree = { path, branch, root }
  facts.set(sessionId, { worktree })
  return worktree
}

const TOO_LATE = 'This session works in the project itself already; a worktree is chosen with the first command.'
const NOT_TOP = 'The project is only a part of its git repository, so it can have no worktree of its own.'
/** The last letters: ids of one minute may begin alike (UUID version 7). */
const ID_LETTERS = 12

/** Where the worktrees of all sessions are. */
export function worktreesIn(agentDir: string): string {
  return join(agentDir, 'worktrees')
}

async function isMade(git: Git, root: string, path: string, branch: string): Promise<boolean> {
  if (!(await isDirectory(path))) return false
  const { stdout } = await git(['worktree', 'list', '--porcelain', '-z'], { cwd: root })
  const real = await realpath(path)
  // Records end with an empty line; git tells real paths.
  return stdout.split('\0\0').some((record) => {
    const lines = record.split('\0')
    return lines.includes(`worktree ${real}`) && lines.includes(`branch refs/heads/${branch}`)
  })
}

async function add(git: Git, root: string, path: string, branch: string): Promise<boolean> {
  return (await git(['worktree', 'add', '--quiet', '-b', branch, path, 'HEAD'], { cwd: root })).exitCode === 0
}

const MAX_SLUG = 30

/** Letters and digits of the prompt's first words, which no branch name can stumble over. Pure. */
export function slugOf(prompt: string): string {
  const words =
    prompt
      .slice(0, 200)
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? []
  const slug = words.join('-').slice(0, MAX_SLUG).replace(/-+$/, '')
  return slug === '' ? '' : `${slug}-`
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true
}
