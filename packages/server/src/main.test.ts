import { randomUUID } from 'node:crypto'
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AGENT_PATH, BROWSER_PATH, type Entry } from '@farhand/shared'
import { io } from 'socket.io-client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { AGENT_ID, PROJECT_ID, helloOf, until } from '../test/harness.ts'

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))

let directory = ''
const children: ChildProcess[] = []
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'farhand-main-'))
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(directory, { recursive: true, force: true })
})

/** The command line as a person starts it, in an empty directory. */
function run(args: string[] = [], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: directory,
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      PORT: '0',
      DATA_DIR: join(directory, 'data'),
      ...env,
    },
  })
  children.push(child)
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()))
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, output, exit }
}

async function started(args?: string[], env?: Record<string, string>) {
  const server = run(args, env)
  await until(() => server.output.stdout.includes('Login link'), 'it did not start', 15_000)
  return server
}

describe('starting', () => {
  test('says where it is and prints one link, which works, and nothing else on stdout', async () => {
    const { child, output, exit } = await started()
    expect(output.stdout).toMatch(
      /^Farhand server is ready at (http:\/\/127\.0\.0\.1:\d+)\nLogin link \(works once\): \1\/login#code=[\w-]{43}\n$/,
    )
    const [, url = '', code = ''] = /(http:[^\s]+)\/login#code=(\S+)/.exec(output.stdout) ?? []
    const response = await fetch(`${url}/api/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Farhand': '1' },
      body: JSON.stringify({ code }),
    })
    expect(response.status).toBe(200)
    child.kill('SIGTERM')
    expect(await exit).toBe(0)
    expect(output.stderr).not.toContain(code)
  })

  test('with --lan it says in plain words what that means', async () => {
    const { child, output, exit } = await started(['--lan'])
    await until(() => output.stdout.includes('not encrypted'), 'it does not say so')
    expect(output.stdout).toContain('Everyone on this network can reach the login page')
    child.kill('SIGINT')
    expect(await exit).toBe(0)
  })

  test('reads .env, and the environment wins over it', async () => {
    writeFileSync(join(directory, '.env'), 'PUBLIC_URL=https://farhand.example.com\nPORT=1\n')
    const { output } = await started()
    expect(output.stdout).toContain('ready at https://farhand.example.com\n')
  })
})

describe('what is wrong is one line, and exit code 1', () => {
  async function complaint(args: string[], env: Record<string, string>): Promise<string> {
    const { output, exit } = run(args, env)
    expect(await exit).toBe(1)
    expect(output.stdout).toBe('')
    expect(output.stderr).not.toMatch(/^ {4}at /m)
    return output.stderr
  }

  test.each([
    [{ PORT: 'eighty' }, /^farhand-server: PORT is not valid\. It has to be a number from 0 to 65535\.\n$/],
    [{ AGENT_TOKEN: 'short' }, /^farhand-server: AGENT_TOKEN .* at least 32 characters\.\n$/],
    [{ DATABASE_URL: 'mysql://x' }, /^farhand-server: DATABASE_URL .*begins with postgres:\/\/\.\n$/],
    [{ HOST: '203.0.113.7' }, /^(\{.*\n)*farhand-server: HOST is not an address of this machine\.\n$/],
    [{ DATA_DIR: '/dev/null/data' }, /^farhand-server: .*DATA_DIR.*\n$/],
    [{ DATA_DIR: '/proc/data' }, /^farhand-server: .*DATA_DIR.*\n$/],
  ])('%j', async (env, line) => {
    expect(await complaint([], env)).toMatch(line)
  })

  test.each([
    [['--standby'], {}, /^farhand-server: .*set DATABASE_URL\.\n$/],
    [['migrate'], {}, /^farhand-server: Set DATABASE_URL .*\n$/],
    [
      ['token', 'list'],
      { DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/x' },
      /cannot be reached \(ECONNREFUSED\)\. Check DATABASE_URL\.\n$/,
    ],
  ])('%j with %j', async (args, env, line) => {
    const said = await complaint(args, env)
    expect(said).toMatch(line)
    expect(said).not.toContain('secret')
  })

  test('a port in use', async () => {
    const other = createServer()
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port))
    })
    const told = await complaint([], { PORT: String(port) })
    expect(told).toContain(`127.0.0.1:${port}`)
    expect(told.trim().split('\n')).toHaveLength(1)
    other.close()
  })

  test('a second server on the same data', async () => {
    await started()
    expect(await complaint([], {})).toContain('Another Farhand server uses the data directory')
  })

  test('an unknown flag and an unknown command', async () => {
    expect(await complaint(['--loud'], {})).toContain('--loud')
    expect(await complaint(['dance'], {})).toContain('Usage')
    expect(await complaint(['token', 'king'], {})).toContain('Usage')
    expect(await complaint(['logout'], {})).toContain('Usage')
  })
})

test('[LOG8] what was acknowledged survives kill -9', async () => {
  const tokens = { OWNER_TOKEN: 'o'.repeat(40), AGENT_TOKEN: 'a'.repeat(40) }
  const first = await started([], tokens)
  const dial = (output: { stdout: string }, path: string, auth: object) =>
    io(/ready at (\S+)/.exec(output.stdout)?.[1] ?? '', { path, auth, reconnection: false, transports: ['websocket'] })
  const agent = dial(first.output, AGENT_PATH, { token: tokens.AGENT_TOKEN, agentId: AGENT_ID, connNo: 1, protocol: 1 })
  expect(await agent.emitWithAck('agent_hello', helloOf())).toMatchObject({ ok: true })
  const browser = dial(first.output, BROWSER_PATH, { token: tokens.OWNER_TOKEN })
  const sessionId = randomUUID()
  const acknowledged: string[] = []
  for (let index = 0; index < 60; index++) {
    const command = { projectId: PROJECT_ID, command: `number ${index}`, sessionId }
    browser.emit('execute_command', command, (answer: { ok: boolean }) => {
      if (answer.ok) acknowledged.push(command.command)
      if (acknowledged.length === 40) first.child.kill('SIGKILL')
    })
  }
  await first.exit
  agent.disconnect()

  const second = await started([], tokens)
  const back = dial(second.output, BROWSER_PATH, { token: tokens.OWNER_TOKEN })
  const page = (await back.emitWithAck('read', { sessionId, after: 0, limit: 500 })) as { entries: Entry[] }
  const kept = page.entries.map((entry) => entry.response)
  expect(kept.slice(0, acknowledged.length)).toEqual(acknowledged)
  expect(acknowledged.length).toBeGreaterThanOrEqual(40)
  back.disconnect()
})

test('token makes one beside the running server, and prints it once', async () => {
  const { output: server } = await started()
  const { output, exit } = run(['token', 'owner', '--name', 'phone'])
  expect(await exit).toBe(0)
  expect(output.stdout).toMatch(/^fho_[\w-]{43}\n$/)
  const url = /ready at (\S+)/.exec(server.stdout)?.[1] ?? ''
  const headers = { Authorization: `Bearer ${output.stdout.trim()}` }
  expect((await fetch(`${url}/api/projects`, { headers })).status).toBe(200)
  const list = run(['token', 'list'])
  expect(await list.exit).toBe(0)
  expect(list.output.stdout).toMatch(/^\S{36} {2}owner {2}\S+Z {2}phone\n$/)
})

/** A process that only starts takes seconds where the machine is busy. */
const SIX_STARTS = { timeout: 60_000 }

describe('[F40] backup and restore', () => {
  async function maintain(...args: string[]) {
    const { output, exit } = run(args)
    return { code: await exit, ...output }
  }

  test('a backup of the running server, put back after it was stopped, and told in words', SIX_STARTS, async () => {
    const server = await started()
    const copy = join(directory, 'copy.db')
    expect(await maintain('backup', copy)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^Backed up to .*copy\.db: 0 sessions, 0 entries\. Attachments are not in it; .*\n$/,
      ),
    })
    expect(await maintain('check')).toMatchObject({
      code: 0,
      stdout: 'The database is in order: 0 sessions, 0 entries.\n',
    })
    expect((await maintain('restore', copy)).stderr).toContain('Another Farhand server uses the data directory')
    server.child.kill('SIGTERM')
    await server.exit
    const { code, stdout } = await maintain('restore', copy)
    expect(code).toBe(0)
    expect(stdout).toContain('The database that was here is kept as ')
    expect(stdout).toContain('only the log went back')
    await started()
  })

  test('what is wrong is one line, and exit code 1', async () => {
    expect(await maintain('backup')).toMatchObject({
      code: 1,
      stderr: 'farhand-server: Usage: farhand-server backup FILE\n',
    })
    expect(await maintain('check')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^farhand-server: There is no file .*farhand\.db\.\n$/),
    })
    mkdirSync(join(directory, 'data'))
    writeFileSync(join(directory, 'data', 'farhand.db'), 'damaged')
    expect(await maintain('check')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^farhand-server: .*cannot be read: .*\n$/),
    })
  })
})

test('help', async () => {
  const { output, exit } = run(['--help'])
  expect(await exit).toBe(0)
  expect(output.stdout).toContain('--lan')
})
