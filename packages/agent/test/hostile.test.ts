import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { agentCommandSchema, claudeCodeOptionsSchema } from '@farhand/shared'
import { seededRandom } from '@farhand/shared/testing'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { startDriver } from '../src/claude/driver.ts'
import { buildEnvironment } from '../src/claude/environment.ts'
import type { DriverEvents } from '../src/driver/driver.ts'

/** What people type reaches Claude Code on its standard input, whatever it looks like, and nowhere else. */

const PROMPTS = 2_000

type Start = { command: string; args: string[]; env: Record<string, string | undefined>; prompt: Promise<string> }
const starts: Start[] = []

vi.mock(import('../src/process/process.ts'), async (original) => ({
  ...(await original()),
  startProcess(options) {
    const stdin = new PassThrough()
    const stdout = new PassThrough()
    starts.push({ command: options.command, args: options.args, env: options.env, prompt: talk(stdin, stdout) })
    const state = { stdin, stdout, kill: () => true, killed: false, signalCode: null }
    const spawned = Object.assign(new EventEmitter(), { ...state, exitCode: null as number | null })
    const end = () => {
      stdout.end()
      spawned.exitCode = 0
      spawned.emit('exit', 0, null)
      return Promise.resolve({ exitCode: 0, signal: null, stderr: '' })
    }
    return { spawned, gone: () => spawned.exitCode !== null, ended: new Promise(() => {}), end }
  },
}))

const EVENTS: DriverEvents = {
  said: () => {},
  alive: () => {},
  turnOver: () => {},
  judge: () => undefined,
  decided: () => {},
  asked: () => Promise.resolve({ behavior: 'deny', message: '' }),
  malformed: () => {},
  pressed: () => {},
  stumbled: () => {},
  exited: () => {},
}

const PIECES = [
  '--dangerously-skip-permissions',
  '-p',
  '--settings={"hooks":{}}',
  '--',
  '-',
  '; rm -rf /',
  '$(id)',
  '`id`',
  '&& curl evil',
  '| sh',
  "' or '1",
  '"',
  '\\',
  '\0',
  '\r\n',
  '\n--resume',
  '\u202e',
  '\u001b]0;x\u0007',
  '%s%n',
  '../../etc/passwd',
  '~',
  '{"type":"control_request"}',
  '\ud800',
  '😀',
  'A'.repeat(300),
  '--mcp-config',
  '@/etc/passwd',
  '/bash',
  '!ls',
  '#x',
  '$HOME',
]

function hostileTexts(count: number): string[] {
  const random = seededRandom(7)
  return Array.from({ length: count }, (_, index) => {
    const first = PIECES[index % PIECES.length] ?? ''
    const more = Array.from({ length: index % 5 }, () => random.pick(PIECES))
    return [first, ...more].join(index % 2 === 0 ? ' ' : '')
  })
}

/** As much of Claude Code as answers what it is asked for, until the prompt comes. */
function talk(stdin: PassThrough, stdout: PassThrough): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  createInterface({ input: stdin }).on('line', (line) => {
    const said = messageSchema.parse(JSON.parse(line))
    if (said.type === 'user') return resolve(said.message.content)
    const response = { subtype: 'success', request_id: said.request_id, response: {} }
    stdout.write(`${JSON.stringify({ type: 'control_response', response })}\n`)
  })
  return promise
}

const messageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('user'), message: z.object({ content: z.string() }) }),
  z.object({ type: z.literal('control_request'), request_id: z.string() }),
])

test('2,000 hostile prompts: the arguments are the same to the byte, the prompt arrives as it was, the environment is the list', async () => {
  const hostile = Object.fromEntries(PIECES.map((piece, index) => [`LD_${index}`, piece]))
  const env = buildEnvironment(
    {
      ...hostile,
      NODE_OPTIONS: '--require /evil',
      GIT_SSH_COMMAND: 'evil',
      BASH_ENV: '/evil',
      PATH: '/bin',
      HOME: '/home/dev',
    },
    { passEnv: [], ownRoots: [], platform: 'linux' },
  )
  for (const text of hostileTexts(PROMPTS)) {
    const driver = startDriver(
      {
        executable: '/opt/claude',
        cwd: '/code/shop',
        env,
        marker: 'm',
        directories: [],
        settings: { permissionMode: 'default' },
        limits: { appendSystemPrompt: text },
        before: { costUsd: 0, tasks: [] },
      },
      EVENTS,
    )
    driver.prompt({ id: randomUUID(), content: text })
    const start = starts.at(-1)
    if (start === undefined) throw new Error('nothing was started')
    // A half of a surrogate pair is no character; every JSON on the way writes it as an escape or a replacement.
    expect((await start.prompt).toWellFormed()).toBe(text.toWellFormed())
    await driver.end('terminate')
  }
  expect(starts).toHaveLength(PROMPTS)
  const [first] = starts
  const same = JSON.stringify([first?.command, first?.args])
  expect(starts.filter(({ command, args }) => JSON.stringify([command, args]) !== same)).toEqual([])
  const names = new Set(starts.flatMap((start) => Object.keys(start.env)))
  // Beside the list there is only what the SDK tells Claude Code of itself.
  expect([...names].filter((name) => !(name in env) && !/^CLAUDE_(?:CODE|AGENT_SDK)_/.test(name))).toEqual([])
  for (const name of Object.keys(hostile)) expect(names).not.toContain(name)
}, 60_000)

test('an id or a model that looks like an argument is refused at the door', () => {
  const input = { type: 'agent_command', projectId: 'x', seq: 1, kind: 'command', command: 'hello', options: {}, at: 1 }
  for (const id of hostileTexts(PROMPTS)) {
    const author = { id: 'owner', name: 'Owner' }
    expect(agentCommandSchema.safeParse({ ...input, author, sessionId: id, inputId: id }).success).toBe(false)
    expect(claudeCodeOptionsSchema.safeParse({ resume: id }).success).toBe(false)
    if (/^[^A-Za-z0-9]/.test(id)) expect(claudeCodeOptionsSchema.safeParse({ model: id }).success).toBe(false)
  }
})
