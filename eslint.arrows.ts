import type { Linter } from 'eslint'

/**
 * Which way imports point: server → shared ← agent, web → shared; in web: pages → components → composables → stores →
 * services. A rule is a pattern of forbidden import paths with what to do instead. Holds for `import()` as well.
 */

type Forbidden = { regex: string; message: string }

const ACROSS: Forbidden = {
  regex: '^(\\.\\./)+(packages/)?(shared|server|agent|web)/src/',
  message: "Import another package by its name ('@farhand/shared'), not by a path into it.",
}
const OWN_DOOR: Forbidden = {
  regex: '^\\.{1,2}/(.*/)?index\\.ts$',
  message:
    'Import the file that has the thing. An index.ts is a door for other packages; from within it makes circles.',
}
const TESTING: Forbidden = {
  regex: '^@farhand/shared/testing$|(^|/)testing/',
  message: 'Testing tools are for tests. What the program needs has its place beside the code.',
}
const LEAF: Forbidden = {
  regex: '^(?!\\.{1,2}/|zod$)',
  message: 'shared is the protocol: it imports zod and itself, nothing of Node, the browser or another package.',
}
const LEAF_TESTING: Forbidden = {
  regex: '^(?!\\.{1,2}/|zod$|vitest$|fast-check$)',
  message: "shared's testing tools run in Node and in the browser: zod, vitest, fast-check and shared itself only.",
}
const LEAF_TRACING: Forbidden = {
  regex: '^(?!\\.{1,2}/|@opentelemetry/)',
  message: 'The spans of both tiers: OpenTelemetry and shared itself only, and that not before it is wanted.',
}
const NO_TRACING: Forbidden = {
  regex: '^@farhand/shared/tracing$',
  message: 'Relay and agent send spans, by what their main.ts opens. A page does not.',
}
const ONLY_SHARED: Forbidden = {
  regex: '^@farhand/(?!shared(/testing|/tracing)?$)',
  message:
    'Packages know only @farhand/shared. What both sides need belongs there; tests over several tiers belong in e2e/.',
}
const NO_NODE: Forbidden = {
  regex: '^node:|^(assert|buffer|crypto|events|fs|http|https|net|os|path|process|stream|url|util)(/|$)',
  message: 'web runs in the browser: use what the browser has.',
}
const ONE_SOCKET: Forbidden = {
  regex: '^socket\\.io-client$',
  message: 'services/websocket.ts is the only file of web that knows Socket.IO: use its functions.',
}
const CLAUDE_SDK: Forbidden = {
  regex: '^@anthropic-ai/',
  message: 'claude/ is the only folder that knows Claude Code: use what it exports.',
}
const ACP_SDK: Forbidden = {
  regex: '^@agentclientprotocol/',
  message: 'acp/ is the only folder that knows the Agent Client Protocol: use what it exports.',
}
const NO_SOCKET_IN_COMPONENTS: Forbidden = {
  regex: '(^|/)services/websocket\\.ts$',
  message: 'Pages and components read stores and call composables; the socket is wired in composables/useWebSocket.ts.',
}

/** `upwards(['pages'])`: what a lower layer of web must not import. */
const upwards = (folders: readonly string[]): Forbidden => ({
  regex: `(^|/)(${folders.join('|')})/`,
  message: 'In web imports point down: pages → components → composables → stores → services.',
})

const PROGRAM = [ACROSS, OWN_DOOR, TESTING]
const WEB = [ACROSS, TESTING, NO_TRACING, ONLY_SHARED, NO_NODE]

const NO_HALF_TESTS = {
  selector: 'MemberExpression[object.name=/^(test|it|describe|suite)$/][property.name=/^(only|skip|todo|fails)$/]',
  message: 'A test runs always or is not there.',
}

/** Later entries replace earlier ones for a file, so each names all of its rules. */
export const arrows: Linter.Config[] = [
  arrow('shared', ['packages/shared/src/**'], [LEAF, ...PROGRAM]),
  arrow('shared/testing', ['packages/shared/src/testing/**'], [LEAF_TESTING, ACROSS, OWN_DOOR]),
  arrow('shared/tracing', ['packages/shared/src/tracing/**'], [LEAF_TRACING, ...PROGRAM]),
  arrow('server', ['packages/server/src/**'], [ONLY_SHARED, ...PROGRAM]),
  arrow('agent', ['packages/agent/src/**'], [ONLY_SHARED, CLAUDE_SDK, ACP_SDK, ...PROGRAM]),
  arrow('agent/claude', ['packages/agent/src/claude/**'], [ONLY_SHARED, ACP_SDK, ...PROGRAM]),
  arrow('agent/acp', ['packages/agent/src/acp/**'], [ONLY_SHARED, CLAUDE_SDK, ...PROGRAM]),
  arrow('web', ['packages/web/src/**'], [ONE_SOCKET, ...WEB]),
  arrow(
    'web/services',
    ['packages/web/src/services/**'],
    [upwards(['pages', 'components', 'composables', 'stores']), ONE_SOCKET, ...WEB],
  ),
  arrow(
    'web/services/socket',
    ['packages/web/src/services/websocket.ts'],
    [upwards(['pages', 'components', 'composables', 'stores']), ...WEB],
  ),
  arrow(
    'web/stores',
    ['packages/web/src/stores/**'],
    [upwards(['pages', 'components', 'composables']), ONE_SOCKET, ...WEB],
  ),
  arrow('web/composables', ['packages/web/src/composables/**'], [upwards(['pages', 'components']), ONE_SOCKET, ...WEB]),
  arrow(
    'web/components',
    ['packages/web/src/components/**'],
    [upwards(['pages']), NO_SOCKET_IN_COMPONENTS, ONE_SOCKET, ...WEB],
  ),
  arrow('web/pages', ['packages/web/src/pages/**'], [NO_SOCKET_IN_COMPONENTS, ONE_SOCKET, ...WEB]),
  arrow(
    'tests',
    ['packages/**/*.{test,test-d}.ts', 'packages/*/test/**', 'packages/*/src/**/{contract/**,*Contract.ts}'],
    [ONLY_SHARED, ACROSS],
    [NO_HALF_TESTS],
  ),
  arrow('tools', ['{scripts,e2e}/**'], [ACROSS], [NO_HALF_TESTS]),
  // Bench and chaos take the tiers apart to measure and to break the parts.
  arrow('bench', ['{bench,chaos}/**'], [], [NO_HALF_TESTS]),
]

function arrow(
  name: string,
  files: string[],
  forbidden: readonly Forbidden[],
  syntax: readonly { selector: string; message: string }[] = [],
): Linter.Config {
  return {
    name: `farhand/arrows/${name}`,
    files,
    rules: {
      'no-restricted-imports': ['error', { patterns: forbidden }],
      'no-restricted-syntax': ['error', ...forbidden.map(dynamicImport), ...syntax],
    },
  }
}

/** The same rule for `import('…')`, which no-restricted-imports does not see. */
function dynamicImport({ regex, message }: Forbidden): { selector: string; message: string } {
  return { selector: `ImportExpression > Literal.source[value=/${regex.replaceAll('/', '\\/')}/]`, message }
}
