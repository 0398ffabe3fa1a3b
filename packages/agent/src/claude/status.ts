import { FarhandError, type ClaudeStatus } from '@farhand/shared'
import { execa } from 'execa'
import { z } from 'zod'
import { invocation } from '../process/program.ts'
import { findExecutable } from './executable.ts'

const ASK_TIMEOUT_MS = 15_000
/** With one of these Claude Code needs no login. */
const CREDENTIALS = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN']

/** Finds Claude Code and asks it for its version and whether it is logged in. Never throws: what is wrong is in `problem`. */
export async function checkClaude(
  claudePath: string | undefined,
  env: Readonly<Record<string, string>>,
): Promise<ClaudeStatus> {
  let executable: string
  try {
    executable = findExecutable(claudePath, env['PATH'] ?? '')
  } catch (error) {
    if (!(error instanceof FarhandError)) throw error
    return { problem: { code: error.code, message: error.message } }
  }
  const [version, login] = await Promise.all([
    ask(executable, ['--version'], env),
    ask(executable, ['auth', 'status'], env),
  ])
  if (version.failed) {
    const message = `Claude Code at ${executable} does not start: ${version.reason}`.slice(0, MAX_MESSAGE_LENGTH)
    return { executable, problem: { code: 'CLAUDE_NOT_FOUND', message } }
  }
  const loggedIn = CREDENTIALS.some((name) => (env[name] ?? '') !== '') || isLoggedIn(login.stdout)
  return {
    executable,
    version: /\d+\.\d+\.\d+\S*/.exec(version.stdout)?.[0] ?? version.stdout.slice(0, MAX_VERSION_LENGTH),
    ...(loggedIn === undefined ? {} : { loggedIn }),
    ...(loggedIn === false ? { problem: { code: 'CLAUDE_AUTH', message: NOT_LOGGED_IN } } : {}),
  }
}

const MAX_MESSAGE_LENGTH = 1000
const MAX_VERSION_LENGTH = 100
const NOT_LOGGED_IN =
  'Claude Code is not logged in on this machine. Run `claude` there and log in, or set ANTHROPIC_API_KEY.'

async function ask(
  executable: string,
  args: string[],
  env: Readonly<Record<string, string>>,
): Promise<{ stdout: string; failed: boolean; reason: string }> {
  const result = await execa(...invocation(executable, args), {
    env,
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: ASK_TIMEOUT_MS,
    killDescendants: true,
  })
  const reason = result.timedOut ? 'it did not answer' : result.stderr || (result.shortMessage ?? '')
  return { stdout: result.stdout.trim(), failed: result.failed, reason }
}

/** `auth status` exits with 1 when nobody is logged in, and says so in JSON either way. An older one knows no such question. */
function isLoggedIn(stdout: string): boolean | undefined {
  try {
    return z.looseObject({ loggedIn: z.boolean() }).parse(JSON.parse(stdout)).loggedIn
  } catch {
    return undefined // unknown; the first command tells
  }
}
