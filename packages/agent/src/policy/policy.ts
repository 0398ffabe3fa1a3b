import { readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { decide, type Grant, type PolicyCall, type Verdict, type World } from './decide.ts'
import { parseCall, parsePolicy, type PolicyError, type Rule } from './rules.ts'

/** The file with the rules: one beside the agent's state, one in the root of each project. */
export const POLICY_FILE = 'farhand.policy'

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
      const [ours, theirs] = [machine(), ofProject(call.root)]
      const rules = [...builtIn(agentDir), ...ours.rules, ...theirs.rules]
      return decide({ rules, errors: [...ours.errors, ...theirs.errors], grants }, call, world)
    },
    errors: (roots) => [...machine().errors, ...roots.flatMap((root) => ofProject(root).errors)],
  }
}

/** Of a stored "Tool(pattern)". */
export function grantOf({ rule, by, until }: { rule: string; by: string; until: number }): Grant | undefined {
  const call = parseCall(rule)
  return call && { ...call, source: `${by} allowed ${rule} until ${new Date(until).toISOString()}.` }
}

/** Nobody changes the rules with the tools that the rules are about. */
function builtIn(agentDir: string): Rule[] {
  const source = 'built in'
  return ['Write', 'Edit', 'MultiEdit', 'NotebookEdit'].flatMap((tool): Rule[] => [
    { verb: 'deny', tool, pattern: `${realPath(agentDir)}/**`, source },
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
      read = stats === undefined ? NOTHING : parsePolicy(readFileSync(file, 'utf8'), file, options)
      stamp = now
    } catch (error) {
      stamp = undefined
      const message = error instanceof Error ? error.message : 'it could not be read'
      return { rules: [], errors: [{ source: file, message }] }
    }
    return read
  }
}

const NOTHING: Read = { rules: [], errors: [] }

/** Links are followed as far as the path exists: what is about to be written need not be there yet. */
export function realPath(path: string): string {
  try {
    return realpathSync.native(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : join(realPath(parent), basename(path))
  }
}
