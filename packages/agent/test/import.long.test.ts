import { randomUUID } from 'node:crypto'
import { appendFileSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentResult, ImportableSession } from '@farhand/shared'
import { expect, test, vi } from 'vitest'
import { openHouse, type House } from './house.ts'
import type { Reply, Turn } from './model.ts'
import { until } from './temporary.ts'

/** Each of these starts Claude Code several times. */
vi.setConfig({ testTimeout: 60_000 })

/** Conversations that were held with Claude Code elsewhere, with the real Claude Code and its own records. */

function script(turn: Turn, project: string): Reply {
  if (turn.toolResults.length > 0) return { blocks: [{ type: 'text', text: 'It is written.' }] }
  if (turn.prompt === 'SLOW') return { blocks: [{ type: 'text', text: 'x'.repeat(500), chunks: 100, delayMs: 50 }] }
  if (!turn.prompt.startsWith('WRITE')) return { blocks: [{ type: 'text', text: `You said ${turn.prompt}` }] }
  const input = { file_path: join(project, 'a.txt'), content: turn.prompt.slice(6) }
  return { blocks: [{ type: 'tool_use', name: 'Write', input }] }
}

async function importable(house: House): Promise<ImportableSession[]> {
  return ((await house.relay.ask('sessions.importable')) as AgentResult<'sessions.importable'>).sessions
}

/** A house in which a conversation was held, whose agent has then lost all that it knew. */
async function houseWithHistory(): Promise<{ house: House; found: ImportableSession }> {
  const house = await openHouse({ script })
  const session = house.session()
  const options = { permissionMode: 'acceptEdits' as const }
  await session.end(await session.command('hello', { options }))
  await session.end(await session.command('WRITE of old', { options }))
  const [found] = await importable(house)
  if (found === undefined) throw new Error('nothing was found')
  return { house, found }
}

const texts = (log: { kind: string; final?: boolean | undefined; data: string }[]) =>
  log.filter(({ kind, final }) => kind === 'text' && final === true).map(({ data }) => data)

test('an import tells the history once, in order, as it was then, and the conversation goes on', async () => {
  const { house, found } = await houseWithHistory()
  expect(found).toMatchObject({
    workingDirectory: house.project,
    firstPrompt: 'hello',
    messages: 6,
    changedAt: expect.any(Number),
    sessionId: expect.any(String),
  })
  const session = house.session()
  const options = { resume: found.claudeSessionId }
  const { response, body } = await session.end(await session.command('and now?', { options }))
  expect(response.status).toBe('complete')
  expect(session.bodies('run_started')).toEqual([expect.objectContaining({ claudeSessionId: found.claudeSessionId })])
  expect(session.bodies('prompt')).toEqual([
    { text: 'hello', uuid: expect.any(String) },
    { text: 'WRITE of old', uuid: expect.any(String) },
  ])
  expect(texts(session.log())).toEqual(['You said hello', 'It is written.', 'You said and now?'])
  expect(session.bodies('tool_finished')).toEqual([
    expect.objectContaining({ isError: false, structured: expect.objectContaining({ type: 'create' }) }),
  ])
  expect(session.kinds().filter((kind) => kind !== 'text')).toEqual([
    ...['notice', 'prompt', 'prompt', 'tool_started', 'tool_finished', 'notice', 'notice'],
    ...['run_started', 'run_finished'],
  ])
  expect(session.bodies('notice')).toMatchObject([
    { type: 'import_began', messages: 6, omitted: 0 },
    { type: 'import_ended' },
    { type: 'import_shared', sessionId: found.sessionId },
  ])
  const [began, prompt] = session.log()
  expect(prompt?.at).toBeLessThan(began?.at ?? 0)
  // Only what this run cost, not what the conversation cost before.
  expect(body.costUsd).toBeLessThan(0.001)

  await session.end(await session.command('once more', { options }))
  await house.stop()
  await house.start()
  await session.end(await session.command('still there?', { options }))
  expect(session.bodies('prompt')).toHaveLength(2)
  const started = session.bodies('run_started') as { claudeSessionId: string }[]
  expect(new Set(started.map(({ claudeSessionId }) => claudeSessionId))).toEqual(new Set([found.claudeSessionId]))
  expect(house.relay.complaints).toEqual([])
})

test('a fork has the history, all of it or what was before a prompt; its source stays as it was', async () => {
  const { house, found } = await houseWithHistory()
  const session = house.session()
  const options = { resume: found.claudeSessionId, fork: true }
  await session.end(await session.command('another way', { options }))
  await session.end(await session.command('further', { options }))
  const [first, second] = session.bodies('run_started') as { claudeSessionId: string }[]
  expect(first?.claudeSessionId).not.toBe(found.claudeSessionId)
  expect(second?.claudeSessionId).toBe(first?.claudeSessionId)
  expect((session.bodies('notice') as { type: string }[]).map(({ type }) => type)).not.toContain('import_shared')
  const [, write] = session.bodies('prompt') as { uuid: string }[]

  const early = house.session()
  const before = { ...options, resumeBefore: write?.uuid ?? '' }
  await early.end(await early.command('instead', { options: before }))
  expect(early.bodies('prompt')).toEqual([expect.objectContaining({ text: 'hello' })])
  const counts = new Map((await importable(house)).map(({ sessionId, messages }) => [sessionId, messages]))
  expect(counts.get(early.sessionId)).toBe(4)
  expect(counts.get(found.sessionId)).toBe(6)

  const lost = house.session()
  const { body } = await lost.end(await lost.command('x', { options: { ...before, resumeBefore: randomUUID() } }))
  expect(body.error).toMatchObject({ code: 'NOT_FOUND' })
})

test('an unknown conversation and one of another directory are refused alike, and the session stays usable', async () => {
  const { house, found } = await houseWithHistory()
  mkdirSync(join(house.project, 'sub'))
  const session = house.session()
  const cases = [
    { options: { resume: randomUUID() } },
    { options: { resume: found.claudeSessionId }, workingDirectory: 'sub' },
  ]
  for (const part of cases) {
    const { body } = await session.end(await session.command('x', part))
    expect(body.error).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('in this directory') })
  }
  expect((await session.end(await session.command('hello'))).response.status).toBe('complete')
  const late = await session.end(await session.command('x', { options: { resume: found.claudeSessionId } }))
  expect(late.body.error).toMatchObject({ code: 'BAD_REQUEST' })
})

test('a long history is cut before a prompt, and says how much is left out', async () => {
  const { house, found } = await houseWithHistory()
  const projects = join(house.directory, 'home', '.claude', 'projects')
  const [name = ''] = readdirSync(projects)
  const file = join(projects, name, `${found.claudeSessionId}.jsonl`)
  const rows = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"type":"user"') || line.includes('"role":"assistant"'))
  const last = JSON.parse(
    rows.findLast((line) => line.includes('"role":"assistant"') && line.includes('"uuid"')) ?? '{}',
  )
  let parentUuid = last.uuid
  let lines = ''
  for (let turn = 0; turn < 600; turn += 1) {
    const user = {
      ...last,
      parentUuid,
      uuid: randomUUID(),
      type: 'user',
      message: { role: 'user', content: `q${turn}` },
    }
    const message = { ...last.message, id: `msg_long_${turn}`, content: [{ type: 'text', text: `a${turn}` }] }
    const assistant = { ...last, parentUuid: user.uuid, uuid: randomUUID(), message }
    parentUuid = assistant.uuid
    lines += `${JSON.stringify(user)}\n${JSON.stringify(assistant)}\n`
  }
  appendFileSync(file, lines)
  const session = house.session()
  await session.end(await session.command('on', { options: { resume: found.claudeSessionId } }))
  expect(session.bodies('notice')).toMatchObject([{ messages: 1206, omitted: 206 }, {}, {}])
  expect(session.bodies('prompt')).toHaveLength(500)
  expect(texts(session.log()).slice(-2)).toEqual(['a599', 'You said on'])
})

test('a deleted session ends and is forgotten; Claude Code keeps its own record unless it is asked for', async () => {
  const { house, found } = await houseWithHistory()
  const { sessionId } = found
  expect(await house.relay.ask('sessions.forget', { sessionId })).toEqual({ transcript: false, worktree: 'none' })
  const [kept] = await importable(house)
  expect(kept).toMatchObject({ claudeSessionId: found.claudeSessionId, messages: 6 })
  expect(kept?.sessionId).toBeUndefined()

  const session = house.session()
  const running = await session.command('SLOW', { options: { resume: found.claudeSessionId } })
  await until('the run', () => session.kinds().includes('run_started'))
  await session.command('never begun')
  expect(await house.relay.ask('sessions.forget', { sessionId: session.sessionId, transcript: true })).toEqual({
    transcript: true,
    worktree: 'none',
  })
  expect((await session.end(running)).response.code).toBe('CANCELLED')
  expect(await importable(house)).toEqual([])
  await house.stop()
  await house.start()
  expect(house.model.turns.some(({ prompt }) => prompt === 'never begun')).toBe(false)
})
