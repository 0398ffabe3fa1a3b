import { realpathSync, statSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { z } from 'zod'
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
  /** Names of variables handed to Claude Code beyond the allow-list. */
  passEnv: string[]
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
  const expand = (path: string): string => resolve(cwd, path === '~' ? home : path.replace(/^~[/\\]/, `${home}/`))
  const named = [...flags.projects, ...(env['PROJECTS'] ?? '').split(delimiter)].filter((path) => path !== '')
  const claudePath = flags.claude ?? given(env['CLAUDE_PATH'])
  return {
    serverUrl: serverUrl(flags.server ?? given(env['SERVER_URL']) ?? 'http://127.0.0.1:3000'),
    token: token(flags.token ?? given(env['AGENT_TOKEN'])),
    name: (flags.name ?? given(env['AGENT_NAME']) ?? host).slice(0, MAX_NAME_LENGTH),
    dir: expand(flags.dir ?? given(env['AGENT_DIR']) ?? join(home, '.farhand')),
    projects: [...new Set((named.length > 0 ? named : [cwd]).map((path) => projectDirectory(expand(path))))],
    projectIsDefault: named.length === 0,
    ...(claudePath === undefined ? {} : { claudePath: isBareName(claudePath) ? claudePath : expand(claudePath) }),
    passEnv: (env['PASS_ENV'] ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
    logLevel: logLevel(given(env['LOG_LEVEL'])),
    env,
  }
}

const MAX_NAME_LENGTH = 100
const MAX_TOKEN_LENGTH = 200

/** A variable that is set to nothing counts as not set. */
function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
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
