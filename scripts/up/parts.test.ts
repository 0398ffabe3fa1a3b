import { delimiter } from 'node:path'
import { expect, test } from 'vitest'
import { DEV_PAGE_URL, localUrl, planParts, type PartPlan, type Setup } from './parts.ts'

const SETUP: Setup = {
  mode: 'start',
  root: '/farhand',
  host: '127.0.0.1',
  port: 3000,
  lan: false,
  projects: ['/a', '/b'],
  agentToken: 'secret',
  marker: 'm1',
  env: { PATH: '/bin', SERVER_URL: 'https://elsewhere.example' },
}

test('the agent gets its own server, the token and the projects, whatever else is set', () => {
  expect(part('agent').env).toEqual({
    PATH: '/bin',
    SERVER_URL: 'http://127.0.0.1:3000',
    AGENT_TOKEN: 'secret',
    PROJECTS: `/a${delimiter}/b`,
    LOG_LEVEL: 'warn',
    FARHAND_UP: 'm1',
    PASS_ENV: 'FARHAND_UP',
  })
})

test('--lan is the server’s to know', () => {
  expect(part('server', { lan: true }).args.at(-1)).toBe('--lan')
  expect(part('server').args).not.toContain('--lan')
})

test.each([
  ['0.0.0.0', 'http://127.0.0.1:3000'],
  ['::', 'http://127.0.0.1:3000'],
  ['::1', 'http://[::1]:3000'],
  ['192.0.2.1', 'http://192.0.2.1:3000'],
])('a server on %s is reached at %s', (host, url) => {
  expect(localUrl({ ...SETUP, host })).toBe(url)
})

test('dev watches server and agent and serves the page by vite, which leads to the server', () => {
  const dev = { mode: 'dev' } as const
  expect(part('server', dev).args[0]).toBe('--watch')
  expect(part('agent', dev).args[0]).toBe('--watch')
  expect(part('server', dev).env.PUBLIC_URL).toBe(DEV_PAGE_URL)
  expect(part('web', dev).env.FARHAND_SERVER).toBe('http://127.0.0.1:3000')
  expect(planParts(SETUP).map((plan) => plan.name)).toEqual(['server', 'agent'])
})

test('what a person passes to Claude Code stays passed', () => {
  expect(part('agent', { env: { PASS_ENV: 'GH_TOKEN,AWS_PROFILE' } }).env.PASS_ENV).toBe(
    'GH_TOKEN,AWS_PROFILE,FARHAND_UP',
  )
})

test('a log level that is set stays', () => {
  expect(part('server', { env: { LOG_LEVEL: 'debug' } }).env.LOG_LEVEL).toBe('debug')
})

function part(name: string, change: Partial<Setup> = {}): PartPlan {
  const plan = planParts({ ...SETUP, ...change }).find((each) => each.name === name)
  if (!plan) throw new Error(`no part ${name}`)
  return plan
}
