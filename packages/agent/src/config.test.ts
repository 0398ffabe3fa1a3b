import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../test/temporary.ts'
import type { Flags } from './cli.ts'
import { ConfigError, loadConfig } from './config.ts'

const load = (env: Record<string, string>, flags: Partial<Flags> = {}, cwd = temporaryDirectory()) =>
  loadConfig({
    flags: { projects: [], ...flags },
    env: { AGENT_TOKEN: 't', ...env },
    cwd,
    home: '/home/dev',
    host: 'laptop',
  })

test('the defaults: the present directory is served, and it says so', () => {
  const cwd = temporaryDirectory()
  expect(load({}, {}, cwd)).toMatchObject({
    serverUrl: 'http://127.0.0.1:3000',
    name: 'laptop',
    dir: '/home/dev/.farhand',
    projects: [cwd],
    projectIsDefault: true,
    passEnv: [],
    logLevel: 'info',
  })
})

test('flags come before the environment; projects of both are served, each once, by their real path', () => {
  const cwd = temporaryDirectory()
  for (const name of ['a', 'b']) mkdirSync(join(cwd, name))
  symlinkSync(join(cwd, 'a'), join(cwd, 'link'))
  const env = {
    SERVER_URL: 'http://x:1',
    PROJECTS: [join(cwd, 'a'), 'b'].join(delimiter),
    PASS_ENV: 'A, B,',
    CLAUDE_PATH: './claude',
  }
  expect(load(env, { server: 'https://relay.example/path', projects: ['link'] }, cwd)).toMatchObject({
    serverUrl: 'https://relay.example',
    projects: [join(cwd, 'a'), join(cwd, 'b')],
    projectIsDefault: false,
    passEnv: ['A', 'B'],
    claudePath: join(cwd, 'claude'),
  })
})

test('~ is home, a bare name stays one, an empty variable is none', () => {
  expect(load({ AGENT_DIR: '~/state', CLAUDE_PATH: 'claude', AGENT_NAME: '' })).toMatchObject({
    dir: '/home/dev/state',
    claudePath: 'claude',
    name: 'laptop',
  })
})

test.for([
  [{ AGENT_TOKEN: '' }, 'AGENT_TOKEN is missing'],
  [{ SERVER_URL: 'relay' }, 'SERVER_URL must be'],
  [{ SERVER_URL: 'ftp://relay' }, 'SERVER_URL must be'],
  [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL must be'],
  [{ PROJECTS: '/nowhere/at/all' }, 'does not exist'],
] as [Record<string, string>, string][])('%j: %s', ([env, message]) => {
  expect(() => load(env)).toThrow(ConfigError)
  expect(() => load(env)).toThrow(message)
})

test('a project that is a file', () => {
  const cwd = temporaryDirectory()
  writeFileSync(join(cwd, 'file'), '')
  expect(() => load({ PROJECTS: 'file' }, {}, cwd)).toThrow('is not a directory')
})

test('another coding agent is named by a command; a path in it is one of this machine', () => {
  expect(load({}).acp).toBeUndefined()
  expect(load({ ACP_COMMAND: 'other' }, { acp: 'gemini --acp' }).acp).toEqual(['gemini', '--acp'])
  expect(load({ ACP_COMMAND: '"~/my agent/run" x' }).acp).toEqual(['/home/dev/my agent/run', 'x'])
  expect(() => load({}, { acp: '  ' })).toThrow('names no program')
})
