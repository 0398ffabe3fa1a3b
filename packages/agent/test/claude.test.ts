import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { findMarked } from '../src/process/sweep.ts'
import { FRAME_MS } from '../src/sessions/coalesce.ts'
import { openHouse, type House } from './house.ts'
import type { Reply, Turn } from './model.ts'
import { lived, until } from './temporary.ts'

/** The real Claude Code, driven by the whole agent, with a scripted model. */

/** What the session's process carries, and no other; `null` while it has none. */
function markerOf({ directory }: House, sessionId: string): unknown {
  const db = new DatabaseSync(join(directory, 'agent', 'agent.db'), { readOnly: true })
  try {
    return db.prepare('SELECT marker FROM sessions WHERE session_id = ?').get(sessionId)?.['marker']
  } finally {
    db.close()
  }
}

/**
 * The time of each turn of the event loop. Where the machine stalls between what a frame counts from and what the log says of
 * it, both are the same moment.
 */
function turnClock(): { now(): number } {
  let ofTurn: number | undefined
  return {
    now() {
      if (ofTurn === undefined) setImmediate(() => (ofTurn = undefined))
      ofTurn ??= Date.now()
      return ofTurn
    },
  }
}

const text = (words: string): Reply => ({ blocks: [{ type: 'text', text: words }] })
const tool = (name: string, input: Record<string, unknown>): Reply => ({ blocks: [{ type: 'tool_use', name, input }] })

function script(turn: Turn, project: string): Reply {
  if (turn.toolResults.length > 0) return text(`Result: ${turn.toolResults.join(' ')}`)
  const word = /^[A-Z]+/.exec(turn.prompt)?.[0]
  switch (word) {
    case 'THINK':
      return {
        blocks: [
          { type: 'thinking', text: 'Let me see.' },
          { type: 'text', text: 'I thought about it.' },
        ],
      }
    case 'SLOW':
      return { blocks: [{ type: 'text', text: 'abcdefghij'.repeat(50), chunks: 100, delayMs: 50 }], hangMs: 60_000 }
    case 'WRITE':
      return tool('Write', { file_path: join(project, 'a.txt'), content: turn.prompt.slice(6) })
    case 'BASH':
      return tool('Bash', { command: turn.prompt.slice(5), description: 'as asked' })
    case 'ASK':
      return tool('AskUserQuestion', {
        questions: [
          {
            question: 'Which?',
            header: 'Choice',
            multiSelect: false,
            options: [
              { label: 'A', description: 'a' },
              { label: 'B', description: 'b' },
            ],
          },
        ],
      })
    case 'PLAN':
      return tool('ExitPlanMode', { plan: '# First this, then that' })
    case 'FAIL':
      return { status: 400, error: 'invalid_request_error', message: 'no such thing' }
    default:
      return text(`You said ${turn.prompt}; ${turn.tools.length} tools`)
  }
}

describe('text', () => {
  test('is streamed in pieces that make up the record, and ends with result, usage and cost', async () => {
    const house = await openHouse({ script })
    const session = house.session()
    const { response, body } = await session.end(await session.command('THINK about it'))
    expect(response).toMatchObject({ status: 'complete', kind: 'run_finished' })
    expect(body).toMatchObject({
      result: 'I thought about it.',
      turns: 1,
      usage: { inputTokens: 100, outputTokens: 20 },
    })
    expect(body.costUsd).toBeGreaterThan(0)
    const records = session.log().filter(({ final }) => final === true)
    expect(records.map(({ kind, data }) => [kind, data])).toEqual([
      ['thinking', 'Let me see.'],
      ['text', 'I thought about it.'],
    ])
    const [started] = session.bodies('run_started')
    expect(started).toMatchObject({
      permissionMode: 'default',
      cwd: house.project,
      claudeVersion: expect.stringMatching(/^\d/),
    })
    expect(session.log().map(({ n }) => n)).toEqual(session.log().map((_, index) => index + 1))
    expect(session.bodies('notice')).toEqual([])
    expect(house.relay.complaints).toEqual([])
  })

  test('deltas are held to one per frame and block', async () => {
    const house = await openHouse({
      script: () => ({ blocks: [{ type: 'text', text: 'x'.repeat(400), chunks: 400 }] }),
      clock: turnClock(),
    })
    const session = house.session()
    await session.end(await session.command('hello'))
    const [streamed] = Object.values(session.streamed())
    expect('x'.repeat(400).startsWith(streamed ?? 'nothing')).toBe(true)
    const deltas = session.log().filter(({ kind, final }) => kind === 'text' && final !== true)
    expect(new Set(deltas.map(({ key }) => key)).size).toBe(1)
    const gaps = deltas.slice(1).map(({ at }, index) => at - (deltas[index]?.at ?? at))
    expect(gaps.filter((gap) => gap < FRAME_MS)).toEqual([])
    expect(deltas.length).toBeLessThan(400)
  })

  test('the user text is in no argument of any process, and the token of the agent in no environment', async () => {
    const house = await openHouse({ script, env: { AGENT_TOKEN: 'secret' } })
    const session = house.session()
    const commandId = await session.command(
      'BASH cat /proc/$PPID/cmdline | tr "\\0" " "; echo; env | grep -c AGENT_TOKEN',
    )
    await session.decide(await session.request(), {})
    await session.end(commandId)
    const [finished] = session.bodies('tool_finished') as { output: string }[]
    expect(finished?.output).toContain('stream-json')
    expect(finished?.output).not.toContain('grep -c AGENT_TOKEN')
    expect(finished?.output.trim()).toMatch(/\n0$/)
  })
})

describe('permissions', () => {
  test('[REQ6] allowed: the very tool call runs, and only then it is called applied', async () => {
    const house = await openHouse({ script })
    const session = house.session()
    const commandId = await session.command('WRITE it was allowed')
    const request = await session.request()
    expect(request).toMatchObject({ type: 'permission', tool: 'Write', input: { content: 'it was allowed' } })
    expect(existsSync(join(house.project, 'a.txt'))).toBe(false)
    expect(session.kinds()).not.toContain('request_resolved')
    await session.decide(request, {})
    await session.end(commandId)
    expect(house.readProjectFile('a.txt')).toBe('it was allowed')
    expect(session.bodies('request_resolved')).toEqual([
      { requestId: request.requestId, outcome: 'applied', behavior: 'allow', by: { id: 'owner', name: 'Owner' } },
    ])
    expect(session.bodies('tool_finished')).toEqual([
      expect.objectContaining({ isError: false, structured: expect.objectContaining({ type: 'create' }) }),
    ])
    const entry = session.log().find(({ kind }) => kind === 'request')
    expect(entry).toMatchObject({ key: request.requestId, digest: request.digest })
  })

  test('denied: nothing is written, Claude hears the reason and goes on', async () => {
    const house = await openHouse({ script })
    const session = house.session()
    const commandId = await session.command('WRITE never')
    await session.decide(await session.request(), { behavior: 'deny', message: 'write to b.txt' })
    const { body } = await session.end(commandId)
    expect(body.result).toContain('write to b.txt')
    expect(existsSync(join(house.project, 'a.txt'))).toBe(false)
    expect(session.bodies('tool_finished')).toEqual([expect.objectContaining({ isError: true })])
  })

  test('denied and stopped: the run ends as CANCELLED', async () => {
    const house = await openHouse({ script })
    const session = house.session()
    const commandId = await session.command('WRITE never')
    await session.decide(await session.request(), { behavior: 'deny', stop: true })
    expect((await session.end(commandId)).response).toMatchObject({ status: 'error', code: 'CANCELLED' })
  })

  test('edited: what the person made of the input is what runs', async () => {
    const house = await openHouse({ script })
    const session = house.session()
    const commandId = await session.command('WRITE first words')
    const request = await session.request()
    await session.decide(request, { updatedInput: { ...request.input, content: 'other words' } })
    await session.end(commandId)
    expect(house.readProjectFile('a.txt')).toBe('other words')
  })

  test('[REQ3] a decision about another input is not applied', async () => {
    const house = await openHouse({ script })
    const session = house.session()
    const commandId = await session.command('WRITE waits')
    const request = await session.request()
    await session.decide({ ...request, digest: '0'.repeat(64) }, {})
    await until('the notice', () => session.kinds().includes('notice'))
    expect(session.bodies('notice')).toEqual([expect.objectContaining({ type: 'stale_decision' })])
    expect(existsSync(join(house.project, 'a.txt'))).toBe(false)
    // The relay took each of these for the decision that counts, and takes another only for a request that is open.
    const { requestId: key, digest } = request
    await session.input('decision', { requestId: key, digest, behavior: 'perhaps' }, { key, digest })
    await session.input('decision', { requestId: 'another', digest, behavior: 'allow' }, { key, digest })
    await until('the notices', () => session.bodies('notice').length === 3)
    expect(session.bodies('notice').slice(1)).toEqual([
      expect.objectContaining({ type: 'decision_refused', requestId: key }),
      expect.objectContaining({ type: 'decision_refused', requestId: key }),
    ])
    expect(session.bodies('request')).toEqual([request, request, request, request])
    await session.decide(request, {})
    await session.end(commandId)
    expect(house.readProjectFile('a.txt')).toBe('waits')
  })

  test('for the session: the same kind is not asked again', async () => {
    const house = await openHouse({ script })
    const session = house.session()
    const first = await session.command('WRITE one')
    await session.decide(await session.request(), { scope: 'session' })
    await session.end(first)
    await session.end(await session.command('WRITE two'))
    expect(house.readProjectFile('a.txt')).toBe('two')
    expect(session.bodies('request')).toHaveLength(1)
  })

  test('a question goes back with its answer', async () => {
    const house = await openHouse({ script })
    const session = house.session()
    const commandId = await session.command('ASK me')
    const request = await session.request()
    expect(request).toMatchObject({ type: 'question', tool: 'AskUserQuestion' })
    await session.decide(request, { answers: { 'Which?': 'B' } })
    expect((await session.end(commandId)).body.result).toContain('B')
  })

  test('a plan shows its text, and leaves plan mode when allowed, as the person changed it', async () => {
    const house = await openHouse({ script })
    const session = house.session()
    const commandId = await session.command('PLAN it', { options: { permissionMode: 'plan' } })
    const request = await session.request()
    expect(request).toMatchObject({ type: 'plan', plan: '# First this, then that' })
    await session.decide(request, { updatedInput: { plan: '# That at once' } })
    expect((await session.end(commandId)).response.status).toBe('complete')
    const [heard] = session.bodies('tool_finished')
    expect(heard).toMatchObject({ structured: { plan: '# That at once', planWasEdited: true } })
    expect(JSON.stringify(heard)).toContain('Approved Plan (edited by user)')
    expect(session.bodies('notice')).toEqual([expect.objectContaining({ type: 'setting', permissionMode: 'default' })])
  })
})

describe('stopping', () => {
  test('[CMD5] a cancel interrupts at once, is idempotent, and the conversation goes on', async () => {
    const house = await openHouse({ script })
    const session = house.session()
    const commandId = await session.command('SLOW down')
    await until('some text', () => session.kinds().includes('text'))
    const late = lived(3_000).then(() => 'not ended within 3 s')
    await session.input('cancel', { commandId })
    await session.input('cancel', { commandId })
    const ended = await Promise.race([session.end(commandId), late])
    expect(ended).toMatchObject({ response: { status: 'error', code: 'CANCELLED' } })
    // An interrupt was enough, so nothing had to be pressed.
    expect(session.bodies('notice')).not.toContainEqual(expect.objectContaining({ type: 'stopping' }))
    await session.input('cancel', { commandId })
    expect((await session.end(await session.command('hello again'))).body.result).toContain('hello again')
    expect(session.log().filter(({ isComplete, commandId: id }) => isComplete && id === commandId)).toHaveLength(1)
  })

  test('[CMD5] a cancel reaches the whole process tree', async () => {
    const house = await openHouse({ script })
    const session = house.session()
    const commandId = await session.command('BASH echo $FARHAND_RUN > marker; setsid sleep 300 & sleep 300')
    await session.decide(await session.request(), {})
    await until('the shell', () => existsSync(join(house.project, 'marker')))
    await session.input('cancel', { commandId })
    expect((await session.end(commandId)).response.code).toBe('CANCELLED')
    const marker = readFileSync(join(house.project, 'marker'), 'utf8').trim()
    await house.stop()
    expect(findMarked(new Set([marker]))).toEqual([])
  })

  test('[CMD5] a cancel while a request waits takes it back', async () => {
    const house = await openHouse({ script })
    const session = house.session()
    const commandId = await session.command('WRITE never')
    const { requestId } = await session.request()
    await session.input('cancel', { commandId })
    await session.end(commandId)
    expect(session.bodies('request_resolved')).toEqual([{ requestId, outcome: 'cancelled' }])
    expect(existsSync(join(house.project, 'a.txt'))).toBe(false)
  })
})

describe('a conversation', () => {
  test('goes on in the same process, and after it was retired in a new one', async () => {
    const house = await openHouse({ script, retireMs: 2_000 })
    const session = house.session()
    await session.end(await session.command('first words'))
    const process = markerOf(house, session.sessionId)
    await session.end(await session.command('second words'))
    expect(markerOf(house, session.sessionId)).toBe(process)
    const ids = session.bodies('run_started').map((body) => (body as { claudeSessionId: string }).claudeSessionId)
    expect(new Set(ids).size).toBe(1)
    await until('its retirement', () => markerOf(house, session.sessionId) === null)
    const third = await session.end(await session.command('third words'))
    expect([process, null]).not.toContain(markerOf(house, session.sessionId))
    expect(session.bodies('run_started').at(-1)).toMatchObject({ claudeSessionId: ids[0] })
    // A resumed conversation counts its whole cost; a run's cost is its own.
    expect(third.body.costUsd).toBeLessThan(0.0015)
  })

  test('goes on after the agent was started anew', async () => {
    const house = await openHouse({ script })
    const session = house.session()
    await session.end(await session.command('first words'))
    await house.stop()
    await house.start()
    await session.end(await session.command('second words'))
    const [first, second] = session.bodies('run_started') as { claudeSessionId: string }[]
    expect(second?.claudeSessionId).toBe(first?.claudeSessionId)
    expect(house.relay.complaints).toEqual([])
  })

  test('one that was begun elsewhere can be imported, and forked', async () => {
    const house = await openHouse({ script })
    const [first, second] = [house.session(), house.session()]
    await first.end(await first.command('first words'))
    const [{ claudeSessionId: resume } = { claudeSessionId: '' }] = first.bodies('run_started') as {
      claudeSessionId: string
    }[]
    await second.end(await second.command('second words', { options: { resume, fork: true } }))
    const [forked] = second.bodies('run_started') as { claudeSessionId: string }[]
    expect(forked?.claudeSessionId).not.toBe(resume)
    await second.end(await second.command('third words'))
    expect(second.bodies('run_started').at(-1)).toMatchObject({ claudeSessionId: forked?.claudeSessionId })
    const missing = await second.command('x', { options: { resume: '00000000-0000-4000-8000-000000000001' } })
    const { body } = await second.end(missing)
    expect(body.error).toMatchObject({ code: 'BAD_REQUEST', message: expect.stringContaining('of its own') })
  })

  test('begins anew, and says so, when Claude Code has lost it', async () => {
    const house = await openHouse({ script })
    const session = house.session()
    await session.end(await session.command('first words'))
    await house.stop()
    rmSync(join(house.directory, 'home', '.claude'), { recursive: true })
    await house.start()
    expect((await session.end(await session.command('second words'))).response.status).toBe('complete')
    expect(session.bodies('notice')).toEqual([expect.objectContaining({ type: 'conversation_lost' })])
  })

  test('changes its model and mode on the way', async () => {
    const house = await openHouse({ script })
    const session = house.session()
    await session.end(await session.command('first words'))
    await session.input('setting', { permissionMode: 'acceptEdits', model: 'claude-haiku-4-5' })
    await until('the notice', () => session.kinds().includes('notice'))
    expect(session.bodies('notice')).toEqual([
      expect.objectContaining({ type: 'setting', permissionMode: 'acceptEdits', model: 'claude-haiku-4-5' }),
    ])
    await session.end(await session.command('WRITE without asking'))
    expect(session.bodies('run_started').at(-1)).toMatchObject({
      permissionMode: 'acceptEdits',
      model: 'claude-haiku-4-5',
    })
    expect(house.readProjectFile('a.txt')).toBe('without asking')
    expect(session.bodies('request')).toEqual([])
  })

  test('a model that Claude Code does not take is refused in words, and the one before stays', async () => {
    const refusing = (turn: Turn, project: string): Reply =>
      turn.streamed ? script(turn, project) : { status: 404, error: 'not_found_error', message: 'model: nothing' }
    const house = await openHouse({ script: refusing })
    const session = house.session()
    await session.end(await session.command('first words'))
    await session.input('setting', { model: 'nothing' })
    await until('the notice', () => session.kinds().includes('notice'))
    expect(session.bodies('notice')).toEqual([
      expect.objectContaining({ type: 'setting_refused', message: expect.stringContaining('model nothing') }),
    ])
    await session.end(await session.command('second words'))
    const [first, second] = session.bodies('run_started') as { model: string }[]
    expect(second?.model).toBe(first?.model)
  })

  test('runs in the directory that was asked for', async () => {
    const house = await openHouse({ script })
    mkdirSync(join(house.project, 'src'))
    const session = house.session()
    await session.end(await session.command('hello', { workingDirectory: 'src' }))
    expect(session.bodies('run_started')).toEqual([expect.objectContaining({ cwd: join(house.project, 'src') })])
    expect((await session.end(await session.command('hello', { workingDirectory: '../..' }))).response.code).toBe(
      'CWD_FORBIDDEN',
    )
    expect((await session.end(await session.command('hello', { workingDirectory: 'nowhere' }))).response.code).toBe(
      'CWD_MISSING',
    )
    expect((await session.end(await session.command('hello again'))).response.status).toBe('complete')
  })
})

describe('errors', () => {
  test('one of the API is told with its words', async () => {
    const house = await openHouse({ script })
    const session = house.session()
    const { response, body } = await session.end(await session.command('FAIL please'))
    expect(response).toMatchObject({ status: 'error', code: 'CLAUDE_EXIT' })
    expect(body.error?.message).toContain('no such thing')
  })

  test('nobody is logged in', async () => {
    const house = await openHouse({ script, env: { ANTHROPIC_API_KEY: '' } })
    const session = house.session()
    expect((await session.end(await session.command('hello'))).response.code).toBe('CLAUDE_AUTH')
    await until('the line', () => house.lines.some((line) => line.startsWith('CLAUDE_AUTH')))
    await until('the status', () => house.relay.statuses.some(({ claude }) => claude.problem?.code === 'CLAUDE_AUTH'))
  })

  test('a limit of turns is BUDGET_EXCEEDED', async () => {
    const house = await openHouse({ script })
    const session = house.session()
    const commandId = await session.command('BASH true', { options: { maxTurns: 1 } })
    expect((await session.end(commandId)).response.code).toBe('BUDGET_EXCEEDED')
  })
})
