import { parseArgs } from 'node:util'

export const HELP = `farhand-agent: lets your Farhand relay drive Claude Code in directories of this machine.

Usage: farhand-agent [options]
       farhand-agent policy test [options]

  --server URL      the relay                              (SERVER_URL, default http://127.0.0.1:3000)
  --token TOKEN     the agent token of the relay           (AGENT_TOKEN)
  --name NAME       what this machine is called there      (AGENT_NAME, default the host's name)
  --dir DIR         where the agent keeps its state        (AGENT_DIR, default ~/.farhand)
  --project PATH    a directory to serve; may be repeated  (PROJECTS, default the present directory)
  --claude PATH     another Claude Code executable         (CLAUDE_PATH)
  --allow-bypass    people may choose bypassPermissions    (ALLOW_BYPASS=true)
  --help            this text
  --version         the version of the agent

\`policy test\` says what the rules in DIR/farhand.policy and in the projects' farhand.policy would have done to the calls
that were made on this machine; it runs nothing.

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
  allowBypass?: true
}

export type Invocation =
  | { action: 'help' }
  | { action: 'version' }
  | { action: 'run'; flags: Flags }
  | { action: 'policy_test'; flags: Flags }

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
      'allow-bypass': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'v' },
    },
  })
  if (values.help === true) return { action: 'help' }
  if (values.version === true) return { action: 'version' }
  const { server, token, name, dir, claude, project } = values
  return {
    action: actionOf(positionals),
    flags: {
      projects: project ?? [],
      ...(server === undefined ? {} : { server }),
      ...(token === undefined ? {} : { token }),
      ...(name === undefined ? {} : { name }),
      ...(dir === undefined ? {} : { dir }),
      ...(claude === undefined ? {} : { claude }),
      ...(values['allow-bypass'] === true ? { allowBypass: true } : {}),
    },
  }
}

/** @throws TypeError */
function actionOf(positionals: readonly string[]): 'run' | 'policy_test' {
  const words = positionals.join(' ')
  if (words === '') return 'run'
  if (words === 'policy test') return 'policy_test'
  throw new TypeError(`Unexpected argument '${words}'. See farhand-agent --help`)
}
