import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findMarked } from '../src/process/sweep.ts'
import { openHouse } from './house.ts'
import type { Reply, Turn } from './model.ts'
import { command, place, startIn } from './program.ts'
import { until } from './temporary.ts'

/** What may become of a run that works, in the real Claude Code where it is about Claude Code. */

const DAY_MS = 24 * 60 * 60 * 1000
const onLinux = process.platform === 'linux'

function script(turn: Turn): Reply {
  if (turn.toolResults.length > 0) return { blocks: [{ type: 'text', text: turn.toolResults.join(' ') }] }
  const [word, ...rest] = turn.prompt.split(' ')
  if (word !== 'BASH') return { blocks: [{ type: 'text', text: `You said ${turn.prompt}` }] }
  return { blocks: [{ type: 'tool_use', name: 'Bash', input: { command: rest.join(' '), description: 'as asked' } }] }
}

describe('its directory', () => {
  test('[F66] is removed while the run works: CWD_MISSING in words, and usable again once it is back', async () => {
    const house = await openHouse({ script })
    mkdirSync(join(house.project, 'src'))
    const session = house.session()
    const inside = { workingDirectory: 'src' }
    const commandId = await session.command('BASH touch begun; sleep 60', inside)
    await session.decide(await session.request(), {})
    await until('the call', () => existsSync(join(house.project, 'src', 'begun')))
    rmSync(join(house.project, 'src'), { recursive: true })
    const { response, body } = await session.end(commandId)
    expect(response.code).toBe('CWD_MISSING')
    expect(body.error?.message).toBe('The working directory was removed while the run worked.')
    expect((await session.end(await session.command('hello', inside))).response.code).toBe('CWD_MISSING')
    mkdirSync(join(house.project, 'src'))
    expect((await session.end(await session.command('hello again', inside))).body.result).toBe('You said hello again')
    expect((await session.end(await session.command('and outside'))).body.result).toBe('You said and outside')
  })
})

describe('its limits', () => {
  test('one that works for longer than it may ends as TIMEOUT_TOTAL', async () => {
    const house = await openHouse({ claude: 'drips.mjs', totalMs: 800 })
    const session = house.session()
    expect((await session.end(await session.command('hello'))).response.code).toBe('TIMEOUT_TOTAL')
  })

  test.runIf(onLinux)(
    '[F65] one that starts too many processes is ended with all of them, and the agent lives',
    async () => {
      const house = await openHouse({ script, maxProcesses: 60 })
      const session = house.session()
      const commandId = await session.command(
        'BASH echo $FARHAND_RUN > marker; for i in $(seq 300); do sleep 300 & done; for i in $(seq 20); do setsid sleep 300 & done; wait',
      )
      await session.decide(await session.request(), {})
      const { response, body } = await session.end(commandId)
      expect(response.code).toBe('CLAUDE_EXIT')
      expect(body.error?.message).toBe('The run had more than 60 processes and was ended.')
      const marker = readFileSync(join(house.project, 'marker'), 'utf8').trim()
      await until('their end', () => findMarked(new Set([marker])).length === 0)
      expect((await session.end(await session.command('hello again'))).body.result).toBe('You said hello again')
    },
  )
})

describe('its clocks', () => {
  test.for([1, -1])(
    '[F48] the clock of the agent is wrong by %i day: nothing is held back, expires or lasts less than nothing',
    async (days) => {
      const wrong = days * DAY_MS
      let offset = wrong
      const house = await openHouse({ script, clock: { now: () => Date.now() + offset } })
      const session = house.session()
      const said = await session.end(await session.command('hello'))
      expect(said.body).toMatchObject({ result: 'You said hello' })
      expect(said.body.durationMs).toBeLessThan(60_000)
      // Somebody sets it right in the middle of the next run.
      const commandId = await session.command('BASH touch done')
      const request = await session.request()
      offset = 0
      await session.decide(request, {})
      const { response, body } = await session.end(commandId)
      expect(response.status).toBe('complete')
      expect(body.durationMs).toBeGreaterThanOrEqual(0)
      expect(session.log().map(({ n }) => n)).toEqual(session.log().map((_, index) => index + 1))
      expect(house.relay.complaints).toEqual([])
    },
  )

  test(
    '[F47] stopped for longer than a run may be silent, as in a sleep: the run goes on',
    { timeout: 60_000 },
    async () => {
      const at = await place('drips.mjs')
      // The half of it is told, and a busy machine may need seconds to start the one that drips.
      const idleMs = 9_000
      Object.assign(at.env, { IDLE_LIMIT_MINUTES: String(idleMs / 60_000) })
      const { child } = await startIn(at)
      const input = command(at)
      await at.relay.send(input)
      const log = () => at.relay.log(input.sessionId)
      await until('some text', () => log().length > 3)
      child.kill('SIGSTOP')
      await new Promise((resolve) => setTimeout(resolve, 1.5 * idleMs))
      const before = log().length
      child.kill('SIGCONT')
      await until('more text', () => log().length > before + 3)
      await at.relay.send(
        command(at, {
          sessionId: input.sessionId,
          kind: 'cancel',
          command: JSON.stringify({ commandId: input.inputId }),
          seq: 2,
        }),
      )
      await until('the end', () => log().some(({ isComplete }) => isComplete))
      expect(log().at(-1)).toMatchObject({ code: 'CANCELLED' })
      expect(log().filter(({ kind }) => kind === 'notice')).toEqual([])
    },
  )
})

describe('what is told while it works', () => {
  test('an API that fails is told with each attempt, while it is tried again', async () => {
    let calls = 0
    const house = await openHouse({
      env: { CLAUDE_CODE_MAX_RETRIES: '3' },
      script(turn) {
        if (!turn.streamed) return script(turn)
        calls += 1
        return calls < 3 ? { status: 529, error: 'overloaded_error', message: 'Overloaded' } : script(turn)
      },
    })
    const session = house.session()
    const commandId = await session.command('hello')
    await until('the first notice', () => session.kinds().includes('notice'))
    expect(session.bodies('run_finished')).toEqual([])
    expect((await session.end(commandId)).body.result).toBe('You said hello')
    const notices = session.bodies('notice') as { type: string; attempt: number }[]
    expect(notices.map(({ type, attempt }) => [type, attempt])).toEqual([
      ['api_retry', 1],
      ['api_retry', 2],
    ])
    expect(notices[0]).toMatchObject({
      message: expect.stringMatching(/^The API answered 529; attempt 1 of 3 follows in/),
    })
  })

  test('a limit of the account is told in the words of the API', async () => {
    const house = await openHouse({
      env: { CLAUDE_CODE_MAX_RETRIES: '0' },
      script: () => ({ status: 429, error: 'rate_limit_error', message: 'This request would exceed your limit.' }),
    })
    const session = house.session()
    const { response, body } = await session.end(await session.command('hello'))
    expect(response.code).toBe('CLAUDE_EXIT')
    expect(body.error?.message).toContain('would exceed your limit')
  })
})

describe.runIf(onLinux)('its agent is killed', () => {
  test('[F43] Claude Code ends with it at once; what left its group, at the next start', async () => {
    const at = await place('ignores-everything.mjs')
    const { child } = await startIn(at)
    const input = command(at)
    await at.relay.send(input)
    const said = () => at.relay.log(input.sessionId).find(({ kind }) => kind === 'text')?.data
    await until('some text', () => said() !== undefined)
    const marker = new Set([said()?.replace('marker ', '') ?? ''])
    child.kill('SIGKILL')
    await child
    const left = () => findMarked(marker).flatMap((pid) => nameOf(pid) ?? [])
    await until('the end of the group', () => left().every((name) => name === 'sleep'))
    expect(left()).toEqual(['sleep'])
    await startIn({
      ...at,
      env: { ...at.env, CLAUDE_PATH: at.env['CLAUDE_PATH']?.replace('ignores-everything', 'answers') ?? '' },
    })
    await until('the end of the rest', () => left().length === 0)
  })
})

function nameOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return undefined // it ended meanwhile
  }
}
