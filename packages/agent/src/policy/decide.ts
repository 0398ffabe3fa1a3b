import { resolve } from 'node:path'
import { canonicalJson, type StandIn } from '@farhand/shared'
import { hidesSomething, partsOf, suspectsOf } from './command.ts'
import { matchesPath, matchesText } from './glob.ts'
import type { PolicyError, Rule, Verb } from './rules.ts'

/** A tool call as the policy looks at it. */
export type PolicyCall = {
  tool: string
  input: Record<string, unknown>
  cwd: string
  /** The real path of the registered project: which rules are for it, wherever its session works. */
  project: string
  /** The real path of the place that it works in: the project itself, or the session's own worktree. */
  root: string
}

/** What a person allowed for a while. It lifts what asks, never what denies. */
export type Grant = { tool: string; pattern?: string; source: string; standIn?: StandIn }

/** `standIn`: what it goes by, for whoever is not asked because of it. */
export type Verdict = { verb: Verb; reason: string; source: string; standIn?: StandIn }
/** What whoever makes the call has to know of it. */
export type Judgement = Pick<Verdict, 'verb' | 'reason' | 'standIn'>

export type World = {
  home: string
  /** The path without its links, as far as it exists. */
  realPath(path: string): string
}

/**
 * What the policy says of a call; `undefined`: nothing, so it is Claude Code's own rules that count. An error denies
 * everything. Otherwise deny comes before a grant, a grant before ask, and ask before allow, wherever they stand. Pure.
 */
export function decide(
  policy: { rules: readonly Rule[]; errors: readonly PolicyError[]; grants: readonly Grant[] },
  call: PolicyCall,
  world: World,
): Verdict | undefined {
  const [error] = policy.errors
  if (error !== undefined) {
    const reason = `The policy can't be read (${error.source}: ${error.message}), so nothing is run until it is corrected.`
    return { verb: 'deny', reason, source: error.source }
  }
  const rules = policy.rules.filter((rule) => isFor(rule, call, world))
  const subject = subjectOf(call, world)
  const hit = (verb: Verb): Rule | undefined =>
    rules.find((rule) => rule.verb === verb && matchesText(rule.tool, call.tool) && touches(rule, subject))
  const denied = hit('deny')
  if (denied !== undefined) return verdict(denied)
  const granted = coveredBy(policy.grants, call.tool, subject)
  if (granted !== undefined) {
    const { source, standIn } = granted
    return { verb: 'allow', reason: source, source, ...(standIn === undefined ? {} : { standIn }) }
  }
  const asked = hit('ask')
  if (asked !== undefined) return verdict(asked)
  const allows = rules.filter(({ verb }) => verb === 'allow')
  const allowed = coveredBy(allows, call.tool, subject)
  return allowed === undefined ? undefined : { ...verdict(allowed), reason: `${allowed.source} allows it.` }
}

/** Whether a rule that a person wants to make covers the very call that the person was asked about. Pure. */
export function covers(grant: Pick<Grant, 'tool' | 'pattern'>, call: PolicyCall, world: World): boolean {
  return coveredBy([grant], call.tool, subjectOf(call, world)) !== undefined
}

/** A section may name its project by a path with links or `~/`; the project's own path is free of both. */
function isFor({ project }: Rule, call: PolicyCall, { home, realPath }: World): boolean {
  if (project === undefined) return true
  const named = /^~(?=\/|$)/.test(project) ? home + project.slice(1) : project
  return slashes(realPath(named)) === slashes(call.project)
}

function verdict({ verb, tool, pattern, source }: Rule): Verdict {
  const said = pattern === undefined ? tool : `${tool}(${pattern})`
  const standIn: StandIn = { type: 'policy', rule: said, source }
  return { verb, reason: `The policy says: ${verb} ${said} (${source}).`, source, standIn }
}

// --- What a pattern is compared with --------------------------------------------------------------------------------

type Subject =
  | { type: 'command'; command: string }
  | { type: 'path'; paths: string[]; places: Places }
  | { type: 'text'; text: string }

/** What a pattern that is no whole path is relative to. */
type Places = { root: string; project: string; home: string }

const SHELLS = ['Bash', 'PowerShell', 'Monitor']
const PATH_MEMBERS: Record<string, string> = {
  Read: 'file_path',
  Write: 'file_path',
  Edit: 'file_path',
  MultiEdit: 'file_path',
  NotebookEdit: 'notebook_path',
  Grep: 'path',
  Glob: 'path',
}
const TEXT_MEMBERS: Record<string, string> = { WebFetch: 'url', WebSearch: 'query', Task: 'prompt', Agent: 'prompt' }

function subjectOf({ tool, input, cwd, project, root }: PolicyCall, { home, realPath }: World): Subject {
  const command = input['command']
  if (SHELLS.includes(tool) && typeof command === 'string') return { type: 'command', command }
  const pathMember = PATH_MEMBERS[tool]
  if (pathMember !== undefined) {
    const told = input[pathMember]
    const path = resolve(cwd, typeof told === 'string' ? told : '.')
    return {
      type: 'path',
      paths: [...new Set([path, realPath(path)])].map(slashes),
      places: { root: slashes(root), project: slashes(project), home: slashes(home) },
    }
  }
  const text = input[TEXT_MEMBERS[tool] ?? '']
  return { type: 'text', text: typeof text === 'string' ? text : canonicalJson(input) }
}

/** For what is denied or asked: any part of the call is enough. */
function touches({ pattern, spares }: Pick<Rule, 'pattern' | 'spares'>, subject: Subject): boolean {
  if (pattern === undefined) return true
  switch (subject.type) {
    case 'command':
      return suspectsOf(subject.command).some((part) => matchesText(pattern, part))
    case 'path': {
      // A worktree is no way round a rule about the project's own files.
      const { paths, places } = subject
      const patterns = [absolute(pattern, places), absolute(pattern, { ...places, root: places.project })]
      const spared = (path: string): boolean => spares !== undefined && matchesPath(absolute(spares, places), path)
      return paths.some((path) => !spared(path) && patterns.some((one) => matchesPath(one, path)))
    }
    case 'text':
      return matchesText(pattern, subject.text)
    default:
      return subject satisfies never
  }
}

/** For what is allowed: every part has to be, be it by several rules. @returns one of them */
function coveredBy<R extends Pick<Rule, 'tool' | 'pattern'>>(
  rules: readonly R[],
  tool: string,
  subject: Subject,
): R | undefined {
  const ours = rules.filter((rule) => matchesText(rule.tool, tool))
  const whole = ours.find(({ pattern }) => pattern === undefined)
  if (whole !== undefined) return whole
  if (subject.type === 'command' && hidesSomething(subject.command)) return undefined
  const parts =
    subject.type === 'command' ? partsOf(subject.command) : subject.type === 'path' ? subject.paths : [subject.text]
  const matching = parts.map((part) =>
    ours.find(({ pattern }) => pattern !== undefined && fits(pattern, part, subject)),
  )
  return matching.every((rule) => rule !== undefined) ? matching[0] : undefined
}

function fits(pattern: string, part: string, subject: Subject): boolean {
  return subject.type === 'path' ? matchesPath(absolute(pattern, subject.places), part) : matchesText(pattern, part)
}

/** A name alone is meant wherever it stands; another path is relative to where the session works. */
function absolute(pattern: string, { root, home }: Pick<Places, 'root' | 'home'>): string {
  if (pattern.startsWith('~/')) return home + pattern.slice(1)
  if (/^[A-Za-z]:/.test(pattern)) return slashes(pattern)
  if (/^(?:\/|\*\*\/)/.test(pattern)) return pattern
  return pattern.includes('/') ? `${root}/${pattern.replace(/^\.\//, '')}` : `**/${pattern}`
}

/** With `/` between its names, on Windows as well. Pure. */
export function slashes(path: string): string {
  return path.replaceAll('\\', '/')
}
