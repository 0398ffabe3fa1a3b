import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentCommand } from '@farhand/shared'
import { execa } from 'execa'
import { onTestFinished } from 'vitest'
import { AUTHOR, startRelay, type Relay } from './relay.ts'
import { temporaryDirectory, until } from './temporary.ts'

/** The agent as a person starts it: a process of its own, that can really be killed. */

const MAIN = join(import.meta.dirname, '..', 'src', 'main.ts')
export const FAKES = join(import.meta.dirname, 'fixtures', 'claude')

export type Started = ReturnType<typeof start>

export function start(args: string[], env: Record<string, string>, cwd: string) {
  const child = execa(process.execPath, [MAIN, ...args], {
    cwd,
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '',
      HOME: cwd,
      LOG_LEVEL: 'silent',
      ...env,
    },
    extendEnv: false,
    reject: false,
  })
  let stdout = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await child
  })
  return { child, stdout: () => stdout }
}

export type Place = { directory: string; relay: Relay; env: Record<string, string> }

/** @param claude a fake in `test/fixtures/claude`; left out: the real one, with a model that the caller names in `env` */
export async function place(claude?: string): Promise<Place> {
  const directory = temporaryDirectory()
  const project = join(directory, 'shop')
  mkdirSync(project)
  const relay = await startRelay()
  onTestFinished(() => relay.close())
  const env = {
    SERVER_URL: relay.url,
    AGENT_TOKEN: 't',
    AGENT_DIR: join(directory, 'agent'),
    PROJECTS: project,
    ...(claude === undefined ? {} : { CLAUDE_PATH: join(FAKES, claude) }),
  }
  return { directory, relay, env }
}

/** Resolves when it has said hello to the relay of the place. */
export async function startIn({ directory, relay, env }: Place): Promise<Started> {
  const hellos = relay.hellos.length
  const started = start([], env, directory)
  await until('the hello', () => relay.hellos.length > hellos, 25_000)
  return started
}

export function command({ relay }: Place, part: Partial<AgentCommand> = {}): AgentCommand {
  const projectId = relay.hellos[0]?.projects[0]?.projectId ?? ''
  return {
    type: 'agent_command',
    sessionId: randomUUID(),
    projectId,
    seq: 1,
    inputId: randomUUID(),
    kind: 'command',
    command: 'hello',
    options: {},
    author: AUTHOR,
    at: Date.now(),
    ...part,
  }
}
