import { expect, test } from 'vitest'
import { buildEnvironment, rootsAbove } from './environment.ts'

const OPTIONS = { passEnv: [], ownRoots: [], platform: 'linux' as const }

test('only what is on the list is handed on', () => {
  const environment = buildEnvironment(
    {
      HOME: '/home/dev',
      LC_ALL: 'C',
      XDG_CONFIG_HOME: '/x',
      ANTHROPIC_API_KEY: 'k',
      CLAUDE_CODE_MAX_RETRIES: '1',
      https_proxy: 'http://proxy',
      AGENT_TOKEN: 'secret',
      NODE_OPTIONS: '--require evil',
      LD_PRELOAD: 'evil.so',
      GIT_DIR: '/x',
      AWS_SECRET_ACCESS_KEY: 's',
      npm_config_registry: 'x',
      CLAUDE_CODE_ENTRYPOINT: 'cli',
      UNSET: undefined,
    },
    OPTIONS,
  )
  expect(Object.keys(environment).sort()).toEqual([
    'ANTHROPIC_API_KEY',
    'CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS',
    'CLAUDE_CODE_ENABLE_TODO_TOOLS',
    'CLAUDE_CODE_MAX_RETRIES',
    'DISABLE_AUTOUPDATER',
    'HOME',
    'LC_ALL',
    'XDG_CONFIG_HOME',
    'https_proxy',
  ])
})

test('a name that was chosen is handed on', () => {
  const environment = buildEnvironment(
    { AWS_PROFILE: 'dev', AWS_REGION: 'x' },
    { ...OPTIONS, passEnv: ['AWS_PROFILE'] },
  )
  expect(environment).toMatchObject({ AWS_PROFILE: 'dev' })
  expect(environment).not.toHaveProperty('AWS_REGION')
})

test("Farhand's own programs leave the PATH, the developer's stay", () => {
  const ownRoots = rootsAbove('/opt/farhand/packages/agent')
  const path = [
    '/opt/farhand/packages/agent/node_modules/.bin',
    '/opt/farhand/node_modules/.bin',
    '/node_modules/.bin',
    '/usr/lib/node_modules/npm/node_modules/@npmcli/run-script/lib/node-gyp-bin',
    '/home/dev/shop/node_modules/.bin',
    '/usr/bin',
  ].join(':')
  expect(buildEnvironment({ PATH: path }, { ...OPTIONS, ownRoots })['PATH']).toBe(
    '/home/dev/shop/node_modules/.bin:/usr/bin',
  )
})

test('Windows needs more, and knows no case; programs are looked for by PATH', () => {
  const environment = buildEnvironment(
    { Path: 'C:\\x', SystemRoot: 'C:\\Windows', AppData: 'a', Secret: 's' },
    { ...OPTIONS, platform: 'win32' },
  )
  expect(environment).toMatchObject({ PATH: 'C:\\x', SystemRoot: 'C:\\Windows', AppData: 'a' })
  expect(environment).not.toHaveProperty('Secret')
})
