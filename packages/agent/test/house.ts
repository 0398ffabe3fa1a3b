import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  parseBody,
  type AgentCommand,
  type ClaudeCodeOptions,
  type CommandResponse,
  type DecisionBody,
  type RequestBody,
  type RunFinishedBody,
} from '@farhand/shared'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import type { BudgetLimits } from '../src/budget/budget.ts'
import { runAgent, type Agent } from '../src/run.ts'
import { startModel, type Model, type Reply, type Turn } from './model.ts'
import { AUTHOR, startRelay, type Relay } from './relay.ts'
import { temporaryDirectory, until } from './temporary.ts'

/** An agent with everything around it: a relay, a project, and Claude Code with a scripted model or a fake. */
export type House = {
  relay: Relay
  model: Model
  agent(): Agent
  /** The directory that is served. */
  project: string
  directory: string
  /** What the agent told the person who started it. */
  lines: string[]
  /** Resolves when the agent has said hello to this relay. `acp`: another agent's command than before; empty: Claude Code. */
  start(to?: { relay?: Relay; acp?: string[] }): Promise<void>
  stop(): Promise<void>
  session(): HouseSession
  readProjectFile(name: string): string
}

export type HouseSession = {
  sessionId: string
  /** Hands a prompt to the agent. @returns its commandId */
  command(
    text: string,
    part?: { options?: ClaudeCodeOptions; workingDirectory?: string; commandId?: string },
  ): Promise<string>
  input(kind: string, body: object, part?: Partial<AgentCommand>): Promise<void>
  decide(request: RequestBody, decision: Partial<DecisionBody>): Promise<void>
  log(): CommandResponse[]
  kinds(): string[]
  /** The bodies of one kind, in order. */
  bodies(kind: string): unknown[]
  request(nth?: number): Promise<RequestBody>
  end(commandId: string, ms?: number): Promise<{ response: CommandResponse; body: RunFinishedBody }>
  /** The whole text that is streamed before the record: deltas put together, by key. */
  streamed(): Record<string, string>
}

export type HouseOptions = {
  script?: (turn: Turn, project: string) => Reply
  /** A fake in `test/fixtures/claude`. @default the real one */
  claude?: string
  /** An ACP agent's command, in the place of Claude Code. */
  acp?: string[]
  env?: Record<string, string>
  retireMs?: number
  idleMs?: number
  totalMs?: number
  budgets?: BudgetLimits
  maxProcesses?: number
  allowBypass?: boolean
  passEnv?: string[]
  clock?: { now(): number }
}

const FAKES = join(import.meta.dirname, 'fixtures', 'claude')

export async function openHouse(options: HouseOptions = {}): Promise<House> {
  const directory = temporaryDirectory()
  const project = join(directory, 'shop')
  mkdirSync(project)
  mkdirSync(join(directory, 'home'))
  const script = options.script ?? (() => ({ blocks: [{ type: 'text' as const, text: 'Hello.' }] }))
  const model = await startModel((turn) => script(turn, project))
  const relay = await startRelay()
  const lines: string[] = []
  let agent: Agent | undefined
  let seq = 0

  const house: House = {
    relay,
    model,
    project,
    directory,
    lines,
    agent() {
      if (agent === undefined) throw new Error('the agent is not running')
      return agent
    },
    async start({ relay: to = relay, acp = options.acp ?? [] } = {}) {
      const hellos = to.hellos.length
      agent = await runAgent({
        config: {
          serverUrl: relay.url,
          token: 't'.repeat(40),
          name: 'workstation',
          dir: join(directory, 'agent'),
          projects: [project],
          projectIsDefault: false,
          ...(options.claude === undefined ? {} : { claudePath: join(FAKES, options.claude) }),
          ...(acp.length === 0 ? {} : { acp }),
          passEnv: options.passEnv ?? [],
          allowBypass: options.allowBypass ?? false,
          idleMs: options.idleMs ?? 600_000,
          totalMs: options.totalMs ?? 3_600_000,
          budgets: options.budgets ?? {},
          logLevel: 'silent',
          env: {
            PATH: process.env['PATH'],
            HOME: join(directory, 'home'),
            ANTHROPIC_BASE_URL: model.url,
            ANTHROPIC_API_KEY: 'scripted',
            CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
            CLAUDE_CODE_MAX_RETRIES: '1',
            ...options.env,
          },
        },
        logger: pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' }),
        print: (line) => lines.push(line),
        ...(options.retireMs === undefined ? {} : { retireMs: options.retireMs }),
        ...(options.maxProcesses === undefined ? {} : { maxProcesses: options.maxProcesses }),
        ...(options.clock === undefined ? {} : { clock: options.clock }),
      })
      await until('the hello', () => to.hellos.length > hellos)
    },
    async stop() {
      await agent?.close()
      agent = undefined
    },
    session: () => houseSession(house, () => (seq += 1)),
    readProjectFile: (name) => readFileSync(join(project, name), 'utf8'),
  }
  onTestFinished(async () => {
    await house.stop()
    await relay.close()
    await model.close()
  })
  await house.start()
  return house
}

function houseSession({ relay }: House, nextSeq: () => number): HouseSession {
  const sessionId = randomUUID()

  async function send(part: Pick<AgentCommand, 'kind' | 'command' | 'inputId'> & Partial<AgentCommand>): Promise<void> {
    const projectId = relay.hellos.at(-1)?.projects[0]?.projectId ?? randomUUID()
    const input = {
      type: 'agent_command' as const,
      sessionId,
      projectId,
      seq: nextSeq(),
      options: {},
      author: AUTHOR,
      at: Date.now(),
    }
    const answer = await relay.send({ ...input, ...part })
    if (!answer.ok) throw new Error(`${answer.error.code}: ${answer.error.message}`)
  }

  const session: HouseSession = {
    sessionId,
    async command(text, { commandId = randomUUID(), ...part } = {}) {
      await send({ kind: 'command', command: text, inputId: commandId, ...part })
      return commandId
    },
    input: (kind, body, part) => send({ kind, command: JSON.stringify(body), inputId: randomUUID(), ...part }),
    decide: ({ requestId, digest }, decision) =>
      session.input('decision', { requestId, digest, behavior: 'allow', ...decision }),
    log: () => relay.log(sessionId),
    kinds: () => session.log().map((response) => response.kind),
    bodies: (kind) =>
      session
        .log()
        .filter((response) => response.kind === kind)
        .map(read),
    async request(nth = 0) {
      await until(`request ${nth}`, () => session.bodies('request').length > nth)
      return session.bodies('request')[nth] as RequestBody
    },
    async end(commandId, ms = 20_000) {
      const find = () => session.log().find((response) => response.commandId === commandId && response.isComplete)
      await until('the end of the run', () => find() !== undefined, ms)
      const response = find()
      if (response === undefined) throw new Error('it was there')
      return { response, body: read(response) as RunFinishedBody }
    },
    streamed() {
      const texts: Record<string, string> = {}
      for (const { kind, key, final, data } of session.log()) {
        if ((kind === 'text' || kind === 'thinking') && key !== undefined && final !== true)
          texts[key] = (texts[key] ?? '') + data
      }
      return texts
    },
  }
  return session
}

function read({ kind, data }: CommandResponse): unknown {
  const parsed = parseBody(kind, data)
  if (parsed.kind === 'unknown') throw new Error(`${kind} is not understood: ${parsed.reason}`)
  return parsed.body
}
