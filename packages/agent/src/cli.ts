import { parseArgs } from 'node:util'

export const HELP = `farhand-agent: lets your Farhand relay drive Claude Code in directories of this machine.

Usage: farhand-agent [options]
       farhand-agent policy test [options]
       farhand-agent worktrees [remove PATH] [options]

  --server URL      the relay                              (SERVER_URL, default http://127.0.0.1:3000)
  --token TOKEN     the agent token of the relay           (AGENT_TOKEN)
  --name NAME       what this machine is called there      (AGENT_NAME, default the host's name)
  --dir DIR         where the agent keeps its state        (AGENT_DIR, default ~/.farhand)
  --project PATH    a directory to serve; may be repeated  (PROJECTS, default the present directory)
  --claude PATH     another Claude Code executable         (CLAUDE_PATH)
  --acp COMMAND     another agent than Claude Code, one    (ACP_COMMAND)
                    that speaks ACP: --acp 'gemini --acp'
  --allow-bypass    people may choose bypassPermissions    (ALLOW_BYPASS=true)
  --help            this text
  --version         the version of the agent

\`policy test\` says what the rules in DIR/farhand.policy and in the projects' farhand.policy would have done to the calls
that were made on this machine; it runs nothing.

\`worktrees\` lists the git worktrees in DIR, whose session they are of, and what would be lost with each; \`remove\` removes
one that no session has any more, with all in it that is not committed.

It ends with 0 where it was stopped, with 1 where it can't begin or go on, and with 3 where another copy of it has taken
over: then starting it again would only take turns with that one.

A token on the command line is seen by other users of the machine: AGENT_TOKEN is the better place.
`

/** What stands on the command line; what is left out comes from the environment (`config.ts`). */
export type Flags = {
  server?: string
  token?: string
  name?: string
  dir?: string
  projects: string[]
  claude?: string
  acp?: string
  allowBypass?: true
}

export type Invocation =
  | { action: 'help' }
  | { action: 'version' }
  | { action: 'run'; flags: Flags }
  | { action: 'policy_test'; flags: Flags }
  /** `remove`: the one that is to go; left out, all are listed. */
  | { action: 'worktrees'; flags: Flags; remove?: string }

/**
 * Reads the arguments after the program's name.
 * @throws TypeError with one sentence about the argument that is not understood
 */
export function parseCommandLine(args: readonly string[]): Invocation {
  const { values, positionals } = parseArgs({
    args: [...args],
    strict: true,
    allowPositionals: true,
    options: {
      server: { type: 'string' },
      token: { type: 'string' },
      name: { type: 'string' },
      dir: { type: 'string' },
      project: { type: 'string', multiple: true },
      claude: { type: 'string' },
      acp: { type: 'string' },
      'allow-bypass': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'v' },
    },
  })
  if (values.help === true) return { action: 'help' }
  if (values.version === true) return { action: 'version' }
  const { server, token, name, dir, claude, acp, project } = values
  return {
    ...actionOf(positionals),
    flags: {
      projects: project ?? [],
      ...(server === undefined ? {} : { server }),
      ...(token === undefined ? {} : { token }),
      ...(name === undefined ? {} : { name }),
      ...(dir === undefined ? {} : { dir }),
      ...(claude === undefined ? {} : { claude }),
      ...(acp === undefined ? {} : { acp }),
      ...(values['allow-bypass'] === true ? { allowBypass: true } : {}),
    },
  }
}

/** @throws TypeError */
function actionOf(
  positionals: readonly string[],
): { action: 'run' } | { action: 'policy_test' } | { action: 'worktrees'; remove?: string } {
  const words = positionals.join(' ')
  const [first, second, path, ...more] = positionals
  if (words === '') return { action: 'run' }
  if (words === 'policy test') return { action: 'policy_test' }
  if (words === 'worktrees') return { action: 'worktrees' }
  if (first === 'worktrees' && second === 'remove' && path !== undefined && more.length === 0) {
    return { action: 'worktrees', remove: path }
  }
  throw new TypeError(`Unexpected argument '${words}'. See farhand-agent --help`)
}
