/** One line of a policy: what happens to calls of this tool whose input looks like this. */
export type Rule = {
  verb: Verb
  /** A tool's name, with `*` for any text in it. */
  tool: string
  /** Left out: every call of the tool. */
  pattern?: string
  /** Paths that it is not about, though its pattern takes them. */
  spares?: string
  /** The root of the project that it is for, as it was typed. Left out: all of them. */
  project?: string
  /** For people: the file and its line. */
  source: string
}

export const VERBS = ['deny', 'ask', 'allow'] as const
export type Verb = (typeof VERBS)[number]

/** A line that can't be understood. A policy with one of them denies everything: what it meant is not for us to guess. */
export type PolicyError = { source: string; message: string }

const MAX_LINE_LENGTH = 4_096

/**
 * Reads a policy: one rule a line, `verb Tool` or `verb Tool(pattern)`; `#` begins a line of comment; `[/path]` says that
 * what follows is for that project alone (`[~/path]` is below the home directory), `[*]` for all. Pure.
 *
 * @param mayAllow false for the file of a project, which came with whatever was cloned: it may be stricter, never laxer
 */
export function parsePolicy(
  text: string,
  file: string,
  { mayAllow }: { mayAllow: boolean },
): { rules: Rule[]; errors: PolicyError[] } {
  const rules: Rule[] = []
  const errors: PolicyError[] = []
  let project: string | undefined
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim()
    const source = `${file}:${index + 1}`
    const header = /^\[(.*)\]$/.exec(line)?.[1]?.trim()
    if (line === '' || line.startsWith('#')) continue
    if (header !== undefined) {
      project = header === '*' ? undefined : header
      if (project !== undefined && !IS_PROJECT.test(project)) errors.push({ source, message: NOT_ABSOLUTE })
    } else {
      const rule = line.length > MAX_LINE_LENGTH ? `longer than ${MAX_LINE_LENGTH} characters` : parseRule(line)
      if (typeof rule === 'string') errors.push({ source, message: rule })
      else if (rule.verb === 'allow' && !mayAllow) errors.push({ source, message: ONLY_THE_MACHINE })
      else rules.push({ ...rule, ...(project === undefined ? {} : { project }), source })
    }
  }
  return { rules, errors }
}

const IS_PROJECT = /^(?:\/|~$|~\/|[A-Za-z]:[\\/])/
const NOT_ABSOLUTE = 'a section begins with the whole path of a project, as [/home/dev/shop] or [~/shop], or is [*]'
const ONLY_THE_MACHINE = "a project's own file may deny and ask; what is allowed stands in the file of the agent"

/** @returns the rule, or what is wrong with it */
function parseRule(line: string): Pick<Rule, 'verb' | 'tool' | 'pattern'> | string {
  const [, verb = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(line) ?? []
  const known = VERBS.find((one) => one === verb)
  if (known === undefined) return `${JSON.stringify(verb)} is not deny, ask or allow`
  const call = parseCall(rest)
  return call === undefined ? `${JSON.stringify(rest)} is not Tool or Tool(pattern)` : { verb: known, ...call }
}

/** `Bash(git push*)` → tool and pattern. */
export function parseCall(text: string): { tool: string; pattern?: string } | undefined {
  const [, tool, pattern] = /^([A-Za-z_*][\w*-]*)(?:\((.+)\))?$/s.exec(text.trim()) ?? []
  if (tool === undefined) return undefined
  return pattern === undefined ? { tool } : { tool, pattern }
}
