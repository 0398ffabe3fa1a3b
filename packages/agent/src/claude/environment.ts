import { delimiter, dirname, join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * What Claude Code gets to see: an allow-list, never the whole environment, so that a secret meant for another program
 * (or `NODE_OPTIONS`, `LD_PRELOAD`, `GIT_*`) does not travel by accident. Pure.
 *
 * @param passEnv further names that the developer chose to hand on
 * @param ownRoots directories whose `node_modules/.bin` is Farhand's: Claude's shell commands use the developer's own node
 */
export function buildEnvironment(
  source: Environment,
  options: { passEnv: readonly string[]; ownRoots: readonly string[]; platform: NodeJS.Platform },
): Record<string, string> {
  const windows = options.platform === 'win32'
  const chosen = new Set(options.passEnv.map((name) => (windows ? name.toUpperCase() : name)))
  const environment: Record<string, string> = {}
  for (const [name, value] of Object.entries(source)) {
    const known = windows ? name.toUpperCase() : name
    if (value === undefined || !(chosen.has(known) || isAllowed(known, windows))) continue
    // Windows writes it `Path`, and whoever looks for a program here asks for PATH.
    if (known === 'PATH') environment[known] = withoutOwnBins(value, options.ownRoots)
    else environment[name] = value
  }
  return { ...environment, ...ALWAYS }
}

/** The directory of this package and all above it: npm puts the `node_modules/.bin` of each first in PATH. */
export function rootsAbove(directory: string): string[] {
  const above = dirname(directory)
  return above === directory ? [directory] : [directory, ...rootsAbove(above)]
}

const ALWAYS = {
  // An update in the middle of a run changes the program under our feet.
  DISABLE_AUTOUPDATER: '1',
  // Says when a turn is over, with whatever a subagent in the background still adds to it.
  CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS: '1',
  // The task list drives the progress that people see; some models have it off by default.
  CLAUDE_CODE_ENABLE_TODO_TOOLS: '1',
}

const ALLOWED = new Set(
  [
    'PATH HOME USER LOGNAME SHELL LANG LANGUAGE TZ TERM COLORTERM TMPDIR TEMP TMP SSH_AUTH_SOCK NODE_EXTRA_CA_CERTS',
    'HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy',
  ].flatMap((names) => names.split(' ')),
)
const ALLOWED_ON_WINDOWS = new Set(
  'SYSTEMROOT WINDIR SYSTEMDRIVE COMSPEC PATHEXT APPDATA LOCALAPPDATA PROGRAMDATA PROGRAMFILES PROGRAMFILES(X86) USERPROFILE USERNAME HOMEDRIVE HOMEPATH'.split(
    ' ',
  ),
)
const ALLOWED_PREFIXES = ['LC_', 'XDG_', 'ANTHROPIC_', 'CLAUDE_CODE_']
/** Left behind by a Claude Code that the agent itself was started from: its own session, not ours. */
const OTHER_SESSION = /^CLAUDE_CODE_(ENTRYPOINT|SSE_PORT|SESSION_ID|CHILD_SESSION|EXECPATH)$/

function isAllowed(name: string, windows: boolean): boolean {
  if (OTHER_SESSION.test(name)) return false
  if (ALLOWED.has(name) || name === 'CLAUDE_CONFIG_DIR') return true
  return ALLOWED_PREFIXES.some((prefix) => name.startsWith(prefix)) || (windows && ALLOWED_ON_WINDOWS.has(name))
}

function withoutOwnBins(path: string, roots: readonly string[]): string {
  const own = new Set(roots.map((root) => join(root, 'node_modules', '.bin')))
  return path
    .split(delimiter)
    .filter((segment) => !own.has(segment) && !/[/\\]@npmcli[/\\]run-script[/\\]lib[/\\]node-gyp-bin$/.test(segment))
    .join(delimiter)
}
