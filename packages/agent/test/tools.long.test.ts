import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentResult, RequestBody, ToolFinishedBody, ToolStartedBody } from '@farhand/shared'
import { expect, test, vi } from 'vitest'
import { openHouse } from './house.ts'
import { until } from './temporary.ts'

/** What the tools of the real Claude Code take and give, and several sessions at once. */
vi.setConfig({ testTimeout: 60_000 })

const NOTEBOOK = {
  cells: [{ cell_type: 'code', id: 'one', source: ['1'], metadata: {}, outputs: [], execution_count: null }],
  metadata: {},
  nbformat: 4,
  nbformat_minor: 5,
}

test('each tool is told with its input and its own structured result', async () => {
  const calls = (project: string): [string, Record<string, unknown>][] => [
    ['Write', { file_path: join(project, 'a.txt'), content: 'one\ntwo\n' }],
    ['Read', { file_path: join(project, 'a.txt') }],
    ['Edit', { file_path: join(project, 'a.txt'), old_string: 'two', new_string: 'three' }],
    ['Bash', { command: 'cat a.txt', description: 'look' }],
    ['Read', { file_path: join(project, 'b.ipynb') }],
    ['NotebookEdit', { notebook_path: join(project, 'b.ipynb'), cell_id: 'one', new_source: '2' }],
  ]
  let step = -1
  const house = await openHouse({
    script(_turn, project) {
      step += 1
      const [name, input] = calls(project)[step] ?? []
      if (name === undefined || input === undefined) return { blocks: [{ type: 'text', text: 'All done.' }] }
      return { blocks: [{ type: 'tool_use', name, input }] }
    },
  })
  writeFileSync(join(house.directory, 'agent', 'farhand.policy'), 'allow *\n')
  writeFileSync(join(house.project, 'b.ipynb'), JSON.stringify(NOTEBOOK))
  const session = house.session()
  expect((await session.end(await session.command('go'), 40_000)).body.result).toBe('All done.')
  const started = session.bodies('tool_started') as ToolStartedBody[]
  expect(started.map(({ tool, input }) => [tool, input])).toMatchObject(calls(house.project))
  const finished = session.bodies('tool_finished') as ToolFinishedBody[]
  expect(finished.map(({ isError }) => isError)).toEqual(calls('').map(() => false))
  expect(finished.map(({ structured }) => structured)).toMatchObject([
    { type: 'create', content: 'one\ntwo\n' },
    { type: 'text', file: { content: expect.stringContaining('two') } },
    { oldString: 'two', newString: 'three', structuredPatch: [expect.anything()] },
    { stdout: 'one\nthree', stderr: '' },
    { type: 'notebook' },
    { new_source: '2', cell_type: 'code' },
  ])
  expect(session.bodies('decided')).toHaveLength(6)
  expect(session.bodies('request')).toEqual([])
})

test('several sessions work at once, each with what was said in it', async () => {
  const house = await openHouse({
    script: ({ toolResults, prompt }) =>
      toolResults.length > 0
        ? { blocks: [{ type: 'text', text: `After ${toolResults.length}` }] }
        : { blocks: [{ type: 'tool_use', name: 'Bash', input: { command: `mkdir ${prompt}`, description: 'make' } }] },
  })
  const sessions = ['one', 'two', 'three'].map((name) => ({ name, session: house.session() }))
  const runs = await Promise.all(
    sessions.map(async ({ name, session }) => ({ session, name, id: await session.command(name) })),
  )
  await until('all of them wait', () => runs.every(({ session }) => session.bodies('request').length === 1))
  for (const { session, name } of runs.toReversed()) {
    const [request] = session.bodies('request') as RequestBody[]
    expect(request?.input['command']).toBe(`mkdir ${name}`)
    if (request !== undefined) await session.decide(request, {})
  }
  for (const { session, id } of runs) expect((await session.end(id)).body.result).toBe('After 1')
})

test('a command in the background is read along while it runs, and by nobody else', async () => {
  const command = 'printf "€%.0s" $(seq 12000); for i in 1 2 3 4 5 6; do echo tick $i; sleep 0.5; done'
  const input = { command, run_in_background: true, description: 'ticks' }
  const house = await openHouse({
    script: ({ toolResults }) =>
      toolResults.length > 0
        ? { blocks: [{ type: 'text', text: 'It runs.' }] }
        : { blocks: [{ type: 'tool_use', name: 'Bash', input }] },
  })
  writeFileSync(join(house.directory, 'agent', 'farhand.policy'), 'allow *\n')
  const session = house.session()
  await session.end(await session.command('go'))
  const [{ taskId } = { taskId: '' }] = session.bodies('notice') as { taskId: string }[]
  const ask = async (part: object = {}) => {
    const answer = await house.relay.request('tasks.output', { sessionId: session.sessionId, taskId, ...part })
    return answer.ok ? (answer.result as AgentResult<'tasks.output'>) : answer.error
  }
  const text = (pattern: RegExp) => ({ truncated: true, text: expect.stringMatching(pattern) })
  await expect.poll(() => ask(), { timeout: 10_000 }).toMatchObject(text(/^€+tick 1\ntick 2\n(?!.*tick 6)/s))
  await expect.poll(() => ask(), { timeout: 10_000 }).toMatchObject(text(/^€+tick 1\n.*tick 6\n$/s))
  for (const part of [{ taskId: 'other' }, { taskId: 'constructor' }, { sessionId: house.session().sessionId }]) {
    expect(await ask(part)).toMatchObject({ code: 'NOT_FOUND' })
  }
})
