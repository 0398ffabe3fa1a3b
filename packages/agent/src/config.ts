import { realpathSync, statSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { z } from 'zod'
import { splitCommand } from './acp/command.ts'
import type { BudgetLimits } from './budget/budget.ts'
import type { Flags } from './cli.ts'

/** Everything that a start of the agent depends on; made once, in `main.ts` or by a test. */
export type Config = {
  serverUrl: string
  token: string
  name: string
  /** Where the agent keeps its state; made when it is not there. */
  dir: string
  /** Real paths of the directories that are served. */
  projects: string[]
  /** No project was named, so the present directory is served. */
  projectIsDefault: boolean
  /** An executable to use instead of the bundled one. */
  claudePath?: string
  /** The command of an agent that speaks ACP and answers in the place of Claude Code, by its words. */
  acp?: readonly string[]
  /** Names of variables handed to Claude Code beyond the allow-list. */
  passEnv: string[]
  /** Somebody at the machine has agreed that people may choose bypassPermissions from afar. */
  allowBypass: boolean
  /** A run without a sign of life, or one that works for longer, is ended. */
  idleMs: number
  totalMs: number
  /** What sessions and projects may use before somebody is asked. @default nothing is limited */
  budgets?: BudgetLimits
  logLevel: LogLevel
  /** What the variables for Claude Code are chosen from. */
  env: Environment
}

export type Environment = Readonly<Record<string, string | undefined>>

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
type LogLevel = (typeof LOG_LEVELS)[number]

/** Something that the person who starts the agent has to correct. Its message is one line for that person. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/**
 * Flags first, then the environment, then the defaults.
 * @throws ConfigError naming the first thing that can't be used
 */
export function loadConfig(from: { flags: Flags; env: Environment; cwd: string; home: string; host: string }): Config {
  const { flags, env, cwd, home, host } = from
  const { dir, projects, projectIsDefault } = loadPlaces(from)
  const expand = expander(cwd, home)
  const claudePath = flags.claude ?? given(env['CLAUDE_PATH'])
  return {
    serverUrl: serverUrl(flags.server ?? given(env['SERVER_URL']) ?? 'http://127.0.0.1:3000'),
    token: token(flags.token ?? given(env['AGENT_TOKEN'])),
    name: (flags.name ?? given(env['AGENT_NAME']) ?? host).slice(0, MAX_NAME_LENGTH),
    dir,
    projects,
    projectIsDefault,
    ...(claudePath === undefined ? {} : { claudePath: isBareName(claudePath) ? claudePath : expand(claudePath) }),
    ...acpCommand(flags.acp ?? given(env['ACP_COMMAND']), expand),
    passEnv: (env['PASS_ENV'] ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
    allowBypass: flags.allowBypass ?? env['ALLOW_BYPASS'] === 'true',
    idleMs: minutes('IDLE_LIMIT_MINUTES', env, DEFAULT_IDLE_MINUTES),
    totalMs: minutes('RUN_LIMIT_MINUTES', env, DEFAULT_RUN_MINUTES),
    budgets: budgets(env),
    logLevel: logLevel(given(env['LOG_LEVEL'])),
    env,
  }
}

/**
 * Where the agent keeps its state and what it serves: as much as can be said without a relay.
 * @throws ConfigError
 */
export function loadPlaces(from: {
  flags: Flags
  env: Environment
  cwd: string
  home: string
}): Pick<Config, 'dir' | 'projects' | 'projectIsDefault'> {
  const { flags, env, cwd, home } = from
  const expand = expander(cwd, home)
  const named = [...flags.projects, ...(env['PROJECTS'] ?? '').split(delimiter)].filter((path) => path !== '')
  return {
    dir: expand(flags.dir ?? given(env['AGENT_DIR']) ?? join(home, '.farhand')),
    projects: [...new Set((named.length > 0 ? named : [cwd]).map((path) => projectDirectory(expand(path))))],
    projectIsDefault: named.length === 0,
  }
}

function expander(cwd: string, home: string): (path: string) => string {
  return (path) => resolve(cwd, path === '~' ? home : path.replace(/^~[/\\]/, `${home}/`))
}

const DEFAULT_IDLE_MINUTES = 10
const DEFAULT_RUN_MINUTES = 8 * 60
const MINUTE_MS = 60 * 1000

function minutes(name: string, env: Environment, otherwise: number): number {
  const number = Number(given(env[name]) ?? otherwise)
  if (!(number > 0)) throw new ConfigError(`${name} must be a number of minutes above 0`)
  return number * MINUTE_MS
}

function budgets(env: Environment): BudgetLimits {
  const limit = (name: string): number | undefined => {
    const text = given(env[name])
    if (text !== undefined && !(Number(text) > 0)) throw new ConfigError(`${name} must be a number above 0`)
    return text === undefined ? undefined : Number(text)
  }
  const sessionUsd = limit('SESSION_BUDGET_USD')
  const sessionTurns = limit('SESSION_BUDGET_TURNS')
  const sessionMinutes = limit('SESSION_BUDGET_MINUTES')
  const projectUsdPerDay = limit('PROJECT_BUDGET_USD_PER_DAY')
  return {
    ...(sessionUsd === undefined ? {} : { sessionUsd }),
    ...(sessionTurns === undefined ? {} : { sessionTurns: Math.ceil(sessionTurns) }),
    ...(sessionMinutes === undefined ? {} : { sessionMs: sessionMinutes * MINUTE_MS }),
    ...(projectUsdPerDay === undefined ? {} : { projectUsdPerDay }),
  }
}

const MAX_NAME_LENGTH = 100
const MAX_TOKEN_LENGTH = 200

/** A variable that is set to nothing counts as not set. */
function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}

/** @throws ConfigError */
function acpCommand(text: string | undefined, expand: (path: string) => string): Pick<Config, 'acp'> {
  if (text === undefined) return {}
  const [program, ...args] = splitCommand(text) ?? []
  if (program === undefined)
    throw new ConfigError('--acp (ACP_COMMAND) names no program, or a quote in it is not closed')
  return { acp: [isBareName(program) ? program : expand(program), ...args] }
}

/** `claude` is looked up on the PATH, `./claude` is a file. */
function isBareName(path: string): boolean {
  return !/[/\\]/.test(path) && !path.startsWith('~')
}

function serverUrl(text: string): string {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new ConfigError(`SERVER_URL must be an http or https address, got ${JSON.stringify(text)}`)
  }
  return url.origin
}

function token(text: string | undefined): string {
  if (text === undefined) {
    throw new ConfigError(
      'AGENT_TOKEN is missing: make one on the relay with `npm run server -- token agent` and set it',
    )
  }
  if (text.length > MAX_TOKEN_LENGTH) throw new ConfigError(`AGENT_TOKEN is longer than ${MAX_TOKEN_LENGTH} characters`)
  return text
}

function logLevel(text: string | undefined): LogLevel {
  const parsed = z.enum(LOG_LEVELS).safeParse(text ?? 'info')
  if (!parsed.success) throw new ConfigError(`LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}`)
  return parsed.data
}

function projectDirectory(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) throw new ConfigError(`The project ${path} does not exist`)
  if (!stats.isDirectory()) throw new ConfigError(`The project ${path} is not a directory`)
  return realpathSync.native(path)
}
