import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  parseBody,
  type AgentCommand,
  type CommandResponse,
  type DecisionBody,
  type RequestBody,
} from '@farhand/shared'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openHouse, type House } from './house.ts'
import { startModel, type Model, type Reply, type Turn } from './model.ts'
import { command, place, startIn, type Place, type Started } from './program.ts'
import { startRelay } from './relay.ts'
import { until } from './temporary.ts'

/** A request outlives whoever has to answer for it. The real Claude Code, with a scripted model. */

const tool = (name: string, input: Record<string, unknown>): Reply => ({ blocks: [{ type: 'tool_use', name, input }] })
const text = (words: string): Reply => ({ blocks: [{ type: 'text', text: words }] })

function script(turn: Turn, project: string): Reply {
  if (turn.toolResults.length > 0) return text(`Result: ${turn.toolResults.join(' ').slice(0, 500)}`)
  const [word = '', ...rest] = turn.prompt.split(' ')
  switch (word) {
    case 'BASH':
      return tool('Bash', { command: rest.join(' '), description: 'as asked' })
    case 'LONG':
      return tool('Write', { file_path: join(project, 'long.txt'), content: 'x'.repeat(100_000) })
    case 'ASK': {
      const options = ['A', 'B'].map((label) => ({ label, description: label }))
      const question = { question: 'Which?', header: 'Choice', multiSelect: false, options }
      return tool('AskUserQuestion', { questions: [question] })
    }
    case 'PLAN':
      return tool('ExitPlanMode', { plan: '# First this, then that' })
    case 'DELEGATE':
      return tool('Task', { description: 'sub', prompt: `BASH ${rest.join(' ')}`, subagent_type: 'general-purpose' })
    default:
      return text(`You said ${turn.prompt}`)
  }
}

const ONCE = 'BASH echo ran >> ran.txt'
const ran = (project: string) =>
  existsSync(join(project, 'ran.txt')) ? readFileSync(join(project, 'ran.txt'), 'utf8') : ''

/** Whole processes are started, killed and started again, each with its Claude Code. */
const SLOW = { timeout: 60_000 }

describe('the whole machine fails', SLOW, () => {
  type World = {
    at: Place
    model: Model
    project: string
    agent: Started
    input: AgentCommand
    log(): CommandResponse[]
  }

  async function startAsking(prompt: string): Promise<World> {
    const at = await place()
    const project = at.env['PROJECTS'] ?? ''
    const model = await startModel((turn) => script(turn, project))
    onTestFinished(() => model.close())
    Object.assign(at.env, {
      ANTHROPIC_BASE_URL: model.url,
      ANTHROPIC_API_KEY: 'scripted',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    })
    const agent = await startIn(at)
    const input = command(at, { command: prompt })
    await at.relay.send(input)
    const world: World = { at, model, project, agent, input, log: () => world.at.relay.log(input.sessionId) }
    await until('the request', () => world.log().some(({ kind }) => kind === 'request'), 20_000)
    return world
  }

  /** Both processes end without a word, and come back: the relay with its log, the agent with its directory. */
  async function fail(world: World): Promise<void> {
    world.agent.child.kill('SIGKILL')
    await world.agent.child
    const { relay } = world.at
    await relay.close()
    // Whatever Claude Code does without its agent, it has time to do it.
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    const back = await startRelay({ port: relay.port, logs: new Map([[world.input.sessionId, world.log()]]) })
    onTestFinished(() => back.close())
    world.at = { ...world.at, relay: back }
    world.agent = await startIn(world.at)
  }

  function decisionOn(world: World, part: Partial<DecisionBody> = {}): AgentCommand {
    const { requestId, digest } = bodies(world.log(), 'request')[0] as RequestBody
    const body = JSON.stringify({ requestId, digest, behavior: 'allow', ...part })
    const { sessionId } = world.input
    return {
      ...command(world.at),
      sessionId,
      projectId: world.input.projectId,
      seq: 9,
      kind: 'decision',
      command: body,
    }
  }

  const ended = (world: World) => world.log().some(({ isComplete }) => isComplete)

  test('[REQ5] kill -9 of both while a permission is asked for: allowed then, the very call runs, once', async () => {
    const world = await startAsking(ONCE)
    const before = world.log().length
    await fail(world)
    expect(world.model.turns).toHaveLength(1)
    expect(world.log()).toHaveLength(before)
    await world.at.relay.send(decisionOn(world))
    await until('the end', () => ended(world), 20_000)
    expect(ran(world.project)).toBe('ran\n')
    expect(world.log().at(-1)).toMatchObject({
      kind: 'run_finished',
      status: 'complete',
      commandId: world.input.inputId,
    })
    expect(bodies(world.log(), 'request')).toHaveLength(1)
    expect(bodies(world.log(), 'request_resolved')).toEqual([
      expect.objectContaining({
        outcome: 'applied',
        behavior: 'allow',
        by: expect.objectContaining({ name: 'Owner' }),
      }),
    ])
    const [started] = bodies(world.log(), 'tool_started') as { toolUseId: string }[]
    const [finished] = bodies(world.log(), 'tool_finished') as { toolUseId: string; isError: boolean }[]
    expect(finished).toMatchObject({ toolUseId: started?.toolUseId, isError: false })
    expect(world.log().map(({ n }) => n)).toEqual(world.log().map((_, index) => index + 1))
    expect(world.at.relay.complaints).toEqual([])
  })

  test('[REQ5] decided while the agent was away, and the agent fails again before it could apply it: once', async () => {
    const world = await startAsking(ONCE)
    world.agent.child.kill('SIGKILL')
    await world.agent.child
    const { relay } = world.at
    relay.waiting.push(decisionOn(world))
    Object.assign(world.at.env, { FARHAND_FAILPOINT: 'agent.takeUp.beforeLaunch:kill@1' })
    const second = await startIn(world.at)
    await second.child
    Object.assign(world.at.env, { FARHAND_FAILPOINT: '' })
    world.agent = await startIn(world.at)
    await until('the end', () => ended(world), 20_000)
    expect(ran(world.project)).toBe('ran\n')
    expect(world.log().at(-1)).toMatchObject({ status: 'complete' })
  })

  test('[CMD4] killed while the allowed call runs: INTERRUPTED, and the next prompt does not make it again', async () => {
    const world = await startAsking(`${ONCE}; sleep 60`)
    await fail(world)
    await world.at.relay.send(decisionOn(world))
    await until('the call', () => ran(world.project) !== '', 20_000)
    await fail(world)
    await until('the end', () => ended(world), 20_000)
    expect(world.log().at(-1)).toMatchObject({ code: 'INTERRUPTED' })
    const next = command(world.at, { sessionId: world.input.sessionId, command: 'go on', seq: 10 })
    await world.at.relay.send(next)
    const isOver = () => world.log().some(({ commandId, isComplete }) => isComplete && commandId === next.inputId)
    await until('the end of the next', isOver, 20_000)
    expect(ran(world.project)).toBe('ran\n')
  })
})

describe('the agent is stopped and started', SLOW, () => {
  async function restarted(prompt: string, options: Parameters<typeof openHouse>[0] = {}) {
    const house = await openHouse({ script, ...options })
    const session = house.session()
    const commandId = await session.command(
      prompt,
      prompt.startsWith('PLAN') ? { options: { permissionMode: 'plan' } } : {},
    )
    const request = await session.request()
    await house.stop()
    await house.start()
    return { house, session, commandId, request }
  }

  test('[REQ5] a permission waits on, and what was sent behind it waits for its end', async () => {
    const { house, session, commandId, request } = await restarted(ONCE)
    const next = await session.command('and then')
    expect(session.kinds().filter((kind) => kind === 'run_finished')).toEqual([])
    expect(house.lines).toContain('1 run waits for a decision, as before the stop')
    await session.decide(request, { scope: 'always' })
    expect((await session.end(commandId)).response.status).toBe('complete')
    expect((await session.end(next)).body.result).toBe('You said and then')
    expect(ran(house.project)).toBe('ran\n')
    const settings = readFileSync(join(house.project, '.claude', 'settings.local.json'), 'utf8')
    expect(settings).toContain('Bash(echo ran')
    expect(session.bodies('notice')).toEqual([expect.objectContaining({ type: 'taken_up' })])
  })

  test('[REQ5] denied with a reason: Claude hears it in the very turn, and nothing runs', async () => {
    const { house, session, commandId, request } = await restarted(ONCE)
    await session.decide(request, { behavior: 'deny', message: 'use make' })
    expect((await session.end(commandId)).body.result).toContain('use make')
    expect(ran(house.project)).toBe('')
    expect(session.bodies('request_resolved')).toEqual([
      expect.objectContaining({ outcome: 'applied', behavior: 'deny', message: 'use make' }),
    ])
  })

  test('[REQ5] denied and stopped, or cancelled: no process is started for it', async () => {
    const { house, session, commandId, request } = await restarted(ONCE)
    await session.decide(request, { behavior: 'deny', stop: true })
    expect((await session.end(commandId)).response.code).toBe('CANCELLED')
    const other = house.session()
    const second = await other.command(ONCE)
    const { requestId } = await other.request()
    await house.stop()
    await house.start()
    await other.input('cancel', { commandId: second })
    expect((await other.end(second)).response.code).toBe('CANCELLED')
    expect(other.bodies('request_resolved')).toEqual([{ requestId, outcome: 'cancelled' }])
    expect(house.model.turns).toHaveLength(2)
    expect(ran(house.project)).toBe('')
    expect((await session.end(await session.command('still here'))).body.result).toBe('You said still here')
    expect(ran(house.project)).toBe('')
  })

  test('[REQ3] a decision about another input is not applied, and the request waits on', async () => {
    const { house, session, commandId, request } = await restarted(ONCE)
    await session.decide({ ...request, digest: '0'.repeat(64) }, {})
    await until('the notice', () => session.kinds().includes('notice'))
    expect(session.bodies('notice')).toEqual([expect.objectContaining({ type: 'stale_decision' })])
    expect(session.bodies('request')).toEqual([request, request])
    await session.decide({ ...request, requestId: randomUUID() }, {})
    await session.decide(request, {})
    await session.end(commandId)
    expect(ran(house.project)).toBe('ran\n')
  })

  test('[REQ5] again and again: stopped twice, and stopped while it is taken up', async () => {
    const { house, session, commandId, request } = await restarted(ONCE)
    await house.stop()
    await house.start()
    // It is safe with the agent, and Claude Code is far from asking again.
    await session.decide(request, {})
    await house.stop()
    expect(ran(house.project)).toBe('')
    await house.start()
    expect((await session.end(commandId)).response.status).toBe('complete')
    expect(ran(house.project)).toBe('ran\n')
    expect(session.bodies('request_resolved')).toEqual([
      expect.objectContaining({ requestId: request.requestId, outcome: 'applied', behavior: 'allow' }),
    ])
    expect(session.log().filter(({ isComplete }) => isComplete)).toHaveLength(1)
  })

  test('[REQ5] a question keeps its answer, a plan its text, an input of 100 kB its every byte', async () => {
    const asked = await restarted('ASK me')
    await asked.session.decide(asked.request, { answers: { 'Which?': 'B' } })
    expect((await asked.session.end(asked.commandId)).body.result).toContain('B')
    const plan = await restarted('PLAN it')
    expect(plan.request).toMatchObject({ type: 'plan', plan: '# First this, then that' })
    await plan.session.decide(plan.request, {})
    expect((await plan.session.end(plan.commandId)).response.status).toBe('complete')
    const long = await restarted('LONG text')
    await long.session.decide(long.request, {})
    await long.session.end(long.commandId)
    expect(long.house.readProjectFile('long.txt')).toBe('x'.repeat(100_000))
  })

  test("[REQ5] a subagent's call can't be taken up: its run ends as INTERRUPTED, and says so", async () => {
    const { house, session, commandId, request } = await restarted('DELEGATE echo ran >> ran.txt')
    expect((await session.end(commandId)).response.code).toBe('INTERRUPTED')
    expect(session.bodies('request_resolved')).toEqual([{ requestId: request.requestId, outcome: 'cancelled' }])
    await session.decide(request, {})
    expect((await session.end(await session.command('and now'))).body.result).toBe('You said and now')
    expect(ran(house.project)).toBe('')
  })

  test('[REQ5] the record of Claude Code is gone: INTERRUPTED in words, and the session goes on', async () => {
    const house = await openHouse({ script })
    const session = house.session()
    const commandId = await session.command(ONCE)
    const request = await session.request()
    await house.stop()
    await house.start()
    removeTranscripts(house)
    await session.decide(request, {})
    const { response, body } = await session.end(commandId)
    expect(response.code).toBe('INTERRUPTED')
    expect(body.error?.message).toContain('could not take up the call')
    expect((await session.end(await session.command('and now'))).body.result).toBe('You said and now')
  })
})

function bodies(log: readonly CommandResponse[], wanted: string): unknown[] {
  return log
    .filter(({ kind }) => kind === wanted)
    .map(({ kind, data }) => {
      const parsed = parseBody(kind, data)
      if (parsed.kind === 'unknown') throw new Error(parsed.reason)
      return parsed.body
    })
}

function removeTranscripts({ directory }: House): void {
  const projects = join(directory, 'home', '.claude', 'projects')
  for (const name of readdirSync(projects)) rmSync(join(projects, name), { recursive: true })
}
