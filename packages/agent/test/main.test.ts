import { join } from 'node:path'
import type { AgentCommand } from '@farhand/shared'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readKnown } from '../src/drift/known.ts'
import { findMarked } from '../src/process/sweep.ts'
import { FAKES, command, place, start, startIn, type Place } from './program.ts'
import { startRelay } from './relay.ts'
import { temporaryDirectory, until } from './temporary.ts'

/** The program as a person starts it: its own process, its signals, its lines. */

/** Starts a run of a Claude Code that never ends, and gives its marker. */
async function startRun(at: Place): Promise<{ input: AgentCommand; marker: string }> {
  const input = command(at)
  await at.relay.send(input)
  const said = () => at.relay.log(input.sessionId).find(({ kind }) => kind === 'text')
  await until('some text', () => said() !== undefined)
  return { input, marker: said()?.data.replace('marker ', '') ?? '' }
}

describe('what a person reads', () => {
  test('help and version', async () => {
    const directory = temporaryDirectory()
    expect(await start(['--help'], {}, directory).child).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('--project PATH'),
    })
    expect(await start(['--version'], {}, directory).child).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    })
  })

  test.for([
    [[], {}, 'AGENT_TOKEN is missing'],
    [['--nonsense'], {}, "Unknown option '--nonsense'"],
    [['--project', '/nowhere/at/all'], { AGENT_TOKEN: 't' }, 'does not exist'],
  ] as [string[], Record<string, string>, string][])(
    '%j: one clear line, and exit code 1',
    async ([args, env, message]) => {
      const { exitCode, stdout, stderr } = await start(args, env, temporaryDirectory()).child
      expect(exitCode).toBe(1)
      expect(stdout).toBe('')
      expect(stderr.split('\n')).toEqual([expect.stringContaining(message)])
    },
  )

  test('a second agent with the same directory is refused in one line', async () => {
    const at = await place('answers.mjs')
    await startIn(at)
    const { exitCode, stderr } = await start([], at.env, at.directory).child
    expect(exitCode).toBe(1)
    expect(stderr.split('\n')).toEqual([expect.stringContaining('Another agent is running')])
  })

  test('what it serves, Claude Code, and the relay', async () => {
    const at = await place('answers.mjs')
    const started = await startIn(at)
    await until('the lines', () => started.stdout().trim().split('\n').length === 3)
    expect(started.stdout().trim().split('\n').sort()).toEqual([
      `Claude Code ${readKnown().version} is ready`,
      `Connected to ${at.relay.url}`,
      `Serving ${at.env['PROJECTS'] ?? ''}`,
    ])
  })

  test('without a project the directory that npm was called in is served', async () => {
    const at = await place('answers.mjs')
    const { PROJECTS: wanted = '', ...env } = at.env
    const started = start([], { ...env, INIT_CWD: wanted }, at.directory)
    await until('the line', () => started.stdout().includes(`Serving ${wanted} (the present directory`))
  })
})

describe('ending', () => {
  test.for(['SIGTERM', 'SIGINT'] as const)(
    '%s: the run ends as INTERRUPTED, nothing stays behind, exit code 0',
    async (signal) => {
      const at = await place('ignores-everything.mjs')
      const { child } = await startIn(at)
      const { input, marker } = await startRun(at)
      const waiting = command(at, { sessionId: input.sessionId, seq: 2 })
      await at.relay.send(waiting)
      const began = performance.now()
      child.kill(signal)
      expect(await child).toMatchObject({ exitCode: 0 })
      expect(performance.now() - began).toBeLessThan(10_000)
      const ends = at.relay.log(input.sessionId).filter(({ isComplete }) => isComplete)
      expect(ends).toEqual([expect.objectContaining({ commandId: input.inputId, code: 'INTERRUPTED' })])
      expect(findMarked(new Set([marker]))).toEqual([])
    },
  )

  test('[CMD4] kill -9 mid-run: the next start ends what was left, and the run as INTERRUPTED; what waited runs once', async () => {
    const at = await place('ignores-everything.mjs')
    const first = await startIn(at)
    const { input, marker } = await startRun(at)
    const waiting = command(at, { sessionId: input.sessionId, seq: 2 })
    await at.relay.send(waiting)
    first.child.kill('SIGKILL')
    await first.child
    if (process.platform === 'linux') expect(findMarked(new Set([marker])).length).toBeGreaterThan(0)

    await startIn({ ...at, env: { ...at.env, CLAUDE_PATH: join(FAKES, 'answers.mjs') } })
    const log = () => at.relay.log(input.sessionId)
    await until('the end of what waited', () =>
      log().some(({ commandId, isComplete }) => isComplete && commandId === waiting.inputId),
    )
    expect(findMarked(new Set([marker]))).toEqual([])
    expect(
      log()
        .filter(({ isComplete }) => isComplete)
        .map(({ commandId, code }) => [commandId, code]),
    ).toEqual([
      [input.inputId, 'INTERRUPTED'],
      [waiting.inputId, undefined],
    ])
    expect(log().filter(({ kind }) => kind === 'run_started')).toHaveLength(2)
    expect(log().map(({ n }) => n)).toEqual(log().map((_, index) => index + 1))
    expect(at.relay.complaints).toEqual([])
  })

  test('[REQ1] kill -9 while a request waits: the next start takes it back', async () => {
    const at = await place('asks.mjs')
    const first = await startIn(at)
    const { input } = await startRun(at)
    const log = () => at.relay.log(input.sessionId)
    await until('the request', () => log().some(({ kind }) => kind === 'request'))
    const key = log().find(({ kind }) => kind === 'request')?.key
    first.child.kill('SIGKILL')
    await first.child
    await startIn(at)
    await until('the end', () => log().some(({ isComplete }) => isComplete))
    expect(log().slice(-2)).toEqual([
      expect.objectContaining({
        kind: 'request_resolved',
        key,
        commandId: input.inputId,
        data: expect.stringContaining('cancelled'),
      }),
      expect.objectContaining({ kind: 'run_finished', code: 'INTERRUPTED' }),
    ])
  })

  test('[AG4] kill -9 with unacknowledged responses: they are sent after the restart, before the end', async () => {
    const at = await place('ignores-everything.mjs')
    at.relay.silent = true
    const first = await startIn(at)
    const { input } = await startRun(at)
    const said = at.relay.log(input.sessionId)
    first.child.kill('SIGKILL')
    await first.child
    await at.relay.close()
    const back = await startRelay({ port: at.relay.port })
    onTestFinished(() => back.close())
    start([], at.env, at.directory)
    const log = () => back.log(input.sessionId)
    await until('the end', () => log().some(({ isComplete }) => isComplete), 15_000)
    expect(log().slice(0, said.length)).toEqual(said)
    expect(log().at(-1)).toMatchObject({ kind: 'run_finished', code: 'INTERRUPTED' })
    expect(back.complaints).toEqual([])
  })
})
