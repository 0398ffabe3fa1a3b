import { parseArgs } from 'node:util'

export const HELP = `farhand-agent: lets your Farhand relay drive Claude Code in directories of this machine.

Usage: farhand-agent [options]

  --server URL      the relay                              (SERVER_URL, default http://127.0.0.1:3000)
  --token TOKEN     the agent token of the relay           (AGENT_TOKEN)
  --name NAME       what this machine is called there      (AGENT_NAME, default the host's name)
  --dir DIR         where the agent keeps its state        (AGENT_DIR, default ~/.farhand)
  --project PATH    a directory to serve; may be repeated  (PROJECTS, default the present directory)
  --claude PATH     another Claude Code executable         (CLAUDE_PATH)
  --help            this text
  --version         the version of the agent

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
}

export type Invocation = { action: 'help' } | { action: 'version' } | { action: 'run'; flags: Flags }

/**
 * Reads the arguments after the program's name.
 * @throws TypeError with one sentence about the argument that is not understood
 */
export function parseCommandLine(args: readonly string[]): Invocation {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    allowPositionals: false,
    options: {
      server: { type: 'string' },
      token: { type: 'string' },
      name: { type: 'string' },
      dir: { type: 'string' },
      project: { type: 'string', multiple: true },
      claude: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean', short: 'v' },
    },
  })
  if (values.help === true) return { action: 'help' }
  if (values.version === true) return { action: 'version' }
  const { server, token, name, dir, claude, project } = values
  return {
    action: 'run',
    flags: {
      projects: project ?? [],
      ...(server === undefined ? {} : { server }),
      ...(token === undefined ? {} : { token }),
      ...(name === undefined ? {} : { name }),
      ...(dir === undefined ? {} : { dir }),
      ...(claude === undefined ? {} : { claude }),
    },
  }
}
