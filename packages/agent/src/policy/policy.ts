import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  statSync,
  type Stats,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Author } from '@farhand/shared'
import { isInside } from '../projects/directories.ts'
import { decide, slashes, type Grant, type PolicyCall, type Verdict, type World } from './decide.ts'
import { parseCall, parsePolicy, type PolicyError, type Rule } from './rules.ts'

/** The file with the rules: one beside the agent's state, one in the root of each project. */
export const POLICY_FILE = 'farhand.policy'
/** Nobody writes that many rules, and it is read while every session waits. */
const MAX_POLICY_BYTES = 1024 * 1024

/** What this machine lets Claude Code do, whatever mode somebody chose in a browser. */
export type Policy = {
  /** Of the rules as they now stand on the disk. `undefined`: nothing is said of this call. */
  judge(call: PolicyCall, grants: readonly Grant[]): Verdict | undefined
  /** Every line that can't be understood, of the machine's file and that of these projects. */
  errors(roots: readonly string[]): PolicyError[]
}

type Read = { rules: readonly Rule[]; errors: readonly PolicyError[] }

/** @param agentDir the directory of the agent's state */
export function openPolicy(agentDir: string, home: string): Policy {
  const machine = watched(join(agentDir, POLICY_FILE), { mayAllow: true })
  const projects = new Map<string, () => Read>()
  const world: World = { home, realPath }
  const ofProject = (root: string): Read => {
    const known = projects.get(root) ?? watched(join(root, POLICY_FILE), { mayAllow: false })
    projects.set(root, known)
    return known()
  }
  return {
    judge(call, grants) {
      const [ours, theirs] = [machine(), ofProject(call.project)]
      const rules = [...builtIn(realPath(agentDir), call.root), ...ours.rules, ...theirs.rules]
      return decide({ rules, errors: [...ours.errors, ...theirs.errors], grants }, call, world)
    },
    errors: (roots) => [...machine().errors, ...roots.flatMap((root) => ofProject(root).errors)],
  }
}

/** Of a stored "Tool(pattern)". */
export function grantOf({ rule, by, until }: { rule: string; by: Author; until: number }): Grant | undefined {
  const call = parseCall(rule)
  const source = `${by.name} allowed ${rule} until ${new Date(until).toISOString()}.`
  return call && { ...call, source, standIn: { type: 'grant', rule, until, by } }
}

/** Nobody changes the rules with the tools that the rules are about. A session's own worktree lies there as well. */
function builtIn(agentDir: string, root: string): Rule[] {
  const source = 'built in'
  const spares = root !== agentDir && isInside(agentDir, root) ? { spares: `${root}/**` } : {}
  return ['Write', 'Edit', 'MultiEdit', 'NotebookEdit'].flatMap((tool): Rule[] => [
    { verb: 'deny', tool, pattern: `${slashes(agentDir)}/**`, ...spares, source },
    { verb: 'ask', tool, pattern: POLICY_FILE, source },
  ])
}

/** Looks at each call whether the file is another one now, and reads it only then. */
function watched(file: string, options: { mayAllow: boolean }): () => Read {
  let stamp: string | undefined
  let read: Read = NOTHING
  return () => {
    try {
      const stats = statSync(file, { throwIfNoEntry: false })
      const now = stats === undefined ? 'missing' : `${stats.ino} ${stats.size} ${stats.mtimeMs}`
      if (now === stamp) return read
      read = stats === undefined ? NOTHING : parsePolicy(readPolicy(file, stats), file, options)
      stamp = now
    } catch (error) {
      stamp = undefined
      const message = error instanceof Error ? error.message : 'it could not be read'
      return { rules: [], errors: [{ source: file, message }] }
    }
    return read
  }
}

/**
 * The file of a project is anybody's: a pipe, a device or an endless file must not stop the agent, also where it took the
 * place of a file a moment ago.
 * @throws Error in words
 */
function readPolicy(file: string, before: Stats): string {
  requireReadable(before)
  const handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    requireReadable(fstatSync(handle))
    return readFileSync(handle, 'utf8')
  } finally {
    closeSync(handle)
  }
}

function requireReadable(stats: Stats): void {
  if (!stats.isFile()) throw new Error('it is no file')
  if (stats.size > MAX_POLICY_BYTES) throw new Error(`it is larger than ${MAX_POLICY_BYTES} bytes`)
}

const NOTHING: Read = { rules: [], errors: [] }

/** Links are followed, also to what is not there (yet): what is about to be written need not be there. */
export function realPath(path: string, links = 0): string {
  try {
    return realpathSync.native(path)
  } catch {
    const target = links < MAX_LINKS ? linkTarget(path) : undefined
    if (target !== undefined) return realPath(resolve(realPath(dirname(path), links), target), links + 1)
    const parent = dirname(path)
    return parent === path ? path : join(realPath(parent, links), basename(path))
  }
}

/** As many as Linux itself follows. */
const MAX_LINKS = 40

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
