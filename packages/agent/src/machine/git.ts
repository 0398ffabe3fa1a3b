import { execa } from 'execa'
import { FarhandError } from '@farhand/shared'

/** What git said. `truncated`: it had more to say than was wanted, and was ended. */
export type GitAnswer = { stdout: string; exitCode: number | undefined; truncated: boolean }

export type Git = (
  args: readonly string[],
  options: { cwd: string; signal?: AbortSignal; maxBytes?: number },
) => Promise<GitAnswer>

const MAX_BYTES = 16 * 1024 * 1024

/**
 * Git as a reader: no hooks, no file system monitor, no prompts, no pager, no locks, and no word of a user taken for a
 * pattern, since the agent asks without anybody watching. One thing that a repository's own settings (`.git/config`, which no
 * clone brings along) name is still started: the filters of its contents (`filter.<name>.clean`, `process`, and `smudge` for a
 * new worktree), as of LFS. Without them git could not tell what has changed.
 *
 * @param env what the developer's own programs get to see: PATH and HOME are used
 */
export function createGit(env: Readonly<Record<string, string>>): Git {
  const { PATH = '', HOME } = env
  const own = { PATH, ...(HOME === undefined ? {} : { HOME }), ...QUIET }
  return async (args, { cwd, signal, maxBytes = MAX_BYTES }) => {
    const result = await execa('git', [...HARMLESS, ...args], {
      cwd,
      env: own,
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
      stderr: 'ignore',
      stripFinalNewline: false,
      // Else `maxBuffer` would count characters.
      encoding: 'buffer',
      maxBuffer: maxBytes,
      killDescendants: true,
      ...(signal === undefined ? {} : { cancelSignal: signal }),
    })
    if (result.isCanceled) throw new FarhandError('TIMEOUT_TOTAL', 'Git took too long.')
    // As a stream: a character that was cut is left out.
    const stdout = new TextDecoder().decode(result.stdout, { stream: true })
    return { stdout, exitCode: result.exitCode, truncated: result.isMaxBuffer }
  }
}

const HARMLESS = [
  '--no-pager',
  '--no-optional-locks',
  '--literal-pathspecs',
  '-c',
  'core.fsmonitor=false',
  '-c',
  `core.hooksPath=${process.platform === 'win32' ? 'NUL' : '/dev/null'}`,
]

const QUIET = { LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', GIT_ASKPASS: '', SSH_ASKPASS: '' }
