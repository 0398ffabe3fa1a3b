import { randomUUID } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentResult } from '@farhand/shared'
import { expect, test, vi } from 'vitest'
import { openHouse, type House, type HouseSession } from './house.ts'
import type { Reply, Turn } from './model.ts'
import { until } from './temporary.ts'

/** Each of these starts Claude Code several times. */
vi.setConfig({ testTimeout: 60_000 })

/** Going back, with the real Claude Code, its own record and its own copies of files. */

function script(turn: Turn, project: string): Reply {
  const [word, content = ''] = turn.prompt.split(' ')
  if (turn.toolResults.length > 0) return { blocks: [{ type: 'text', text: 'done' }] }
  if (word === 'SLOW') return { blocks: [{ type: 'text', text: 'x'.repeat(500), chunks: 100, delayMs: 50 }] }
  if (word !== 'WRITE') return { blocks: [{ type: 'text', text: `You said ${turn.prompt}` }] }
  return { blocks: [{ type: 'tool_use', name: 'Write', input: { file_path: join(project, 'a.txt'), content } }] }
}

const options = { permissionMode: 'acceptEdits' as const }
const run = async (session: HouseSession, text: string): Promise<string> => {
  const commandId = await session.command(text, { options })
  await session.end(commandId)
  return commandId
}

async function goBack(session: HouseSession, to: string, what: { conversation: boolean; files: boolean }) {
  const answers = () => [...session.bodies('rewound'), ...noticesOf(session, 'rewind_refused')]
  const before = answers().length
  await session.input('rewind', { to, ...what })
  await until('the answer', () => answers().length > before)
  return answers()
}

const noticesOf = (session: HouseSession, type: string) =>
  (session.bodies('notice') as { type: string; message: string }[]).filter((notice) => notice.type === type)

async function preview(house: House, session: HouseSession, to: string) {
  const answer = await house.relay.ask('sessions.rewind_preview', { sessionId: session.sessionId, to })
  return answer as AgentResult<'sessions.rewind_preview'>
}

test('a file that was changed twice goes back to each state, also in a later process of the agent', async () => {
  const house = await openHouse({ script })
  const session = house.session()
  const first = await run(session, 'WRITE one')
  const second = await run(session, 'WRITE two')
  expect(await preview(house, session, second)).toEqual({
    conversation: true,
    files: { changed: ['a.txt'], insertions: 1, deletions: 1 },
  })
  expect(house.readProjectFile('a.txt')).toBe('two')
  expect(await goBack(session, second, { conversation: false, files: true })).toMatchObject([
    { to: second, conversation: false, files: { changed: ['a.txt'] } },
  ])
  expect(house.readProjectFile('a.txt')).toBe('one')
  await house.stop()
  await house.start()
  await goBack(session, first, { conversation: false, files: true })
  expect(existsSync(join(house.project, 'a.txt'))).toBe(false)
})

test('Claude goes on from before the message, again and again; what was dropped does not come back', async () => {
  const house = await openHouse({ script })
  const session = house.session()
  const heard = () => house.model.turns.filter(({ streamed }) => streamed).at(-1)?.history
  const first = await run(session, 'WRITE one')
  const second = await run(session, 'dropped')
  expect(await goBack(session, second, { conversation: true, files: false })).toMatchObject([{ conversation: true }])
  await run(session, 'instead')
  expect(heard()).toEqual(['WRITE one', 'instead'])
  await run(session, 'and on')
  expect(heard()).toEqual(['WRITE one', 'instead', 'and on'])
  await goBack(session, first, { conversation: true, files: false })
  await run(session, 'anew')
  expect(heard()).toEqual(['anew'])
  expect(house.readProjectFile('a.txt')).toBe('one')
  expect(noticesOf(session, 'conversation_lost')).toEqual([])
  expect(house.relay.complaints).toEqual([])
})

test('while something runs, to what is not there, and before anything was said: refused in words, and nothing changes', async () => {
  const house = await openHouse({ script })
  const session = house.session()
  const everything = { conversation: true, files: true }
  await goBack(session, randomUUID(), everything)
  const first = await run(session, 'WRITE one')
  writeFileSync(join(house.project, 'a.txt'), 'mine')
  await goBack(session, randomUUID(), everything)
  const slow = await session.command('SLOW', { options })
  await until('the run', () => session.bodies('run_started').length === 2)
  await goBack(session, first, everything)
  await session.input('cancel', { commandId: slow })
  await session.end(slow)
  expect(noticesOf(session, 'rewind_refused').map(({ message }) => message.slice(0, 20))).toEqual([
    'Nothing was said in ',
    "Claude Code's record",
    'Something still runs',
  ])
  expect(session.bodies('rewound')).toEqual([])
  expect(house.readProjectFile('a.txt')).toBe('mine')
  expect(await preview(house, session, randomUUID())).toMatchObject({ conversation: false, reason: expect.any(String) })
  await expect(preview(house, house.session(), first)).rejects.toThrow('NOT_FOUND')
})

test('a command that comes meanwhile waits, and runs where the conversation goes on', async () => {
  const house = await openHouse({ script })
  const session = house.session()
  await run(session, 'hello')
  const second = await run(session, 'WRITE two')
  await session.input('rewind', { to: second, conversation: true, files: true })
  await session.end(await session.command('quick', { options }))
  expect(session.bodies('rewound')).toHaveLength(1)
  expect(existsSync(join(house.project, 'a.txt'))).toBe(false)
  expect(house.model.turns.filter(({ streamed }) => streamed).at(-1)?.history).toEqual(['hello', 'quick'])
})
