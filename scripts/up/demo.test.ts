import { existsSync } from 'node:fs'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { demoEnvironment, openDemo } from './demo.ts'

test('the demo is a git project whose tests pass, and is gone afterwards', async () => {
  const demo = await openDemo({ PATH: process.env.PATH, MODEL_SPEED: '0' }, new AbortController().signal)
  try {
    const git = await execa('git', ['status', '--porcelain', '--branch'], { cwd: demo.project })
    expect(git.stdout).toBe('## main')
    // A test process of vitest's own would not report to us.
    const tests = await execa(process.execPath, ['--test'], {
      cwd: demo.project,
      extendEnv: false,
      env: { PATH: process.env.PATH },
    })
    expect(tests.stdout).toMatch(/pass 2/)
    const answer = await fetch(`${demo.env.ANTHROPIC_BASE_URL}/`, { method: 'HEAD' })
    expect(answer.status).toBe(200)
  } finally {
    await demo.close()
  }
  expect(existsSync(demo.project)).toBe(false)
  expect(existsSync(String(demo.env.HOME))).toBe(false)
  await expect(fetch(`${demo.env.ANTHROPIC_BASE_URL}/`, { method: 'HEAD' })).rejects.toThrow()
})

test('ended while it is made, nothing is left', async () => {
  const opening = openDemo({ PATH: process.env.PATH }, AbortSignal.abort())
  await expect(opening).rejects.toThrow()
})

test('nothing of a person’s own account, settings or stores gets in', () => {
  const env = demoEnvironment(
    {
      PATH: '/bin',
      PORT: '4000',
      HOME: '/home/me',
      ANTHROPIC_API_KEY: 'sk-mine',
      ANTHROPIC_AUTH_TOKEN: 'mine',
      CLAUDE_CODE_USE_BEDROCK: '1',
      CLAUDECODE: '1',
      CLAUDE_CONFIG_DIR: '/home/me/.claude',
      CLAUDE_PATH: '/opt/claude',
      XDG_CONFIG_HOME: '/home/me/.config',
      DATABASE_URL: 'postgres://mine',
      DATA_DIR: '/srv/mine',
      PUBLIC_URL: 'https://farhand.example.org',
      ALLOWED_ORIGINS: 'https://other.example.org',
      OWNER_TOKEN: 'o'.repeat(32),
      PASS_ENV: 'MY_SECRET',
      ALLOW_BYPASS: 'true',
      SESSION_BUDGET_USD: '1',
      PROJECT_BUDGET_USD_PER_DAY: '1',
    },
    '/tmp/demo',
    'http://127.0.0.1:1',
  )
  expect(env).toEqual({
    PATH: '/bin',
    PORT: '4000',
    CLAUDE_PATH: '/opt/claude',
    ANTHROPIC_AUTH_TOKEN: '',
    CLAUDE_CODE_USE_BEDROCK: '',
    CLAUDECODE: '',
    XDG_CONFIG_HOME: '',
    DATABASE_URL: '',
    PUBLIC_URL: '',
    ALLOWED_ORIGINS: '',
    OWNER_TOKEN: '',
    PASS_ENV: '',
    ALLOW_BYPASS: '',
    SESSION_BUDGET_USD: '',
    PROJECT_BUDGET_USD_PER_DAY: '',
    HOME: '/tmp/demo/home',
    CLAUDE_CONFIG_DIR: '/tmp/demo/home/.claude',
    USERPROFILE: '/tmp/demo/home',
    DATA_DIR: '/tmp/demo/data',
    AGENT_DIR: '/tmp/demo/agent',
    ANTHROPIC_BASE_URL: 'http://127.0.0.1:1',
    ANTHROPIC_API_KEY: 'scripted',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    NO_PROXY: '127.0.0.1,localhost',
    no_proxy: '127.0.0.1,localhost',
  })
})
