import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { slugOf } from '../src/worktrees/worktrees.ts'
import { openHouse, type House } from './house.ts'
import type { Reply, Turn } from './model.ts'

/** Each of these starts Claude Code several times. */
vi.setConfig({ testTimeout: 60_000 })

function script(turn: Turn): Reply {
  if (turn.toolResults.length > 0 || !turn.prompt.startsWith('WRITE')) return { blocks: [{ type: 'text', text: 'ok' }] }
  const input = { file_path: 'made.txt', content: turn.prompt.slice(6) }
  return { blocks: [{ type: 'tool_use', name: 'Write', input }] }
}

function git(cwd: string, ...args: string[]): string {
  const who = ['-c', 'user.name=Dev', '-c', 'user.email=dev@example.com', '-c', 'commit.gpgsign=false']
  return execFileSync('git', [...who, ...args], { cwd, encoding: 'utf8' })
}

function commit(house: House): void {
  git(house.project, 'init', '-b', 'main')
  mkdirSync(join(house.project, 'src'))
  writeFileSync(join(house.project, 'src', 'a.txt'), 'a')
  git(house.project, 'add', '.')
  git(house.project, 'commit', '-m', 'first')
}

const options = { worktree: true }

test('a session works in a worktree of its own, for all of its commands; the project stays as it was', async () => {
  const house = await openHouse({ script })
  commit(house)
  const session = house.session()
  const commandId = await session.command('WRITE one', { options })
  await session.decide(await session.request(), {})
  await session.end(commandId)
  await session.end(await session.command('second', { workingDirectory: 'src' }))
  writeFileSync(join(house.directory, 'agent', 'farhand.policy'), `[${house.project}]\ndeny Write(made.txt)`)
  expect((await session.end(await session.command('WRITE two'))).body.result).toBe('ok')
  expect(session.bodies('tool_finished').at(-1)).toMatchObject({
    isError: true,
    output: expect.stringContaining('deny'),
  })
  const id = session.sessionId.slice(-12)
  const path = join(house.directory, 'agent', 'worktrees', `shop-${id}`)
  expect(readFileSync(join(path, 'made.txt'), 'utf8')).toBe('one')
  expect(session.bodies('run_started')).toMatchObject([{ cwd: path }, { cwd: join(path, 'src') }, { cwd: path }])
  expect(git(path, 'branch', '--show-current').trim()).toBe(`farhand/write-one-${id}`)
  expect(readdirSync(house.project).toSorted()).toEqual(['.git', 'src'])
  expect(git(house.project, 'status', '--porcelain')).toBe('')
  const { sessionId } = session
  expect(await house.relay.ask('git.status', { sessionId })).toMatchObject({ files: [{ path: 'made.txt' }] })
  expect(await house.relay.ask('git.status', {})).toMatchObject({ branch: 'main', files: [] })

  expect(await house.relay.ask('sessions.forget', { sessionId })).toMatchObject({ worktree: 'kept' })
  expect(existsSync(join(path, 'made.txt'))).toBe(true)
})

test('a call that waits over a restart is looked at by the rules as they are then, in its worktree', async () => {
  const house = await openHouse({ script })
  commit(house)
  const session = house.session()
  const commandId = await session.command('WRITE one', { options })
  const { requestId, ...request } = await session.request()
  await house.stop()
  writeFileSync(join(house.directory, 'agent', 'farhand.policy'), 'deny Write(./made.txt)')
  await house.start()
  await session.decide({ requestId, ...request }, {})
  expect((await session.end(commandId)).response.status).toBe('complete')
  const message = expect.stringContaining('The policy says: deny Write(./made.txt)')
  expect(session.bodies('request_resolved')).toEqual([{ requestId, outcome: 'cancelled', message }])
  expect(session.bodies('tool_finished')).toMatchObject([{ isError: true }])
})

test('deleted, it is removed where it is clean; its branch stays where it has commits of its own', async () => {
  const house = await openHouse({ script })
  commit(house)
  const [clean, worked] = [house.session(), house.session()]
  await clean.end(await clean.command('look', { options }))
  await worked.end(await worked.command('look', { options }))
  const pathOf = ({ sessionId }: { sessionId: string }) =>
    join(house.directory, 'agent', 'worktrees', `shop-${sessionId.slice(-12)}`)
  git(pathOf(worked), 'commit', '--allow-empty', '-m', 'work')
  for (const { sessionId } of [clean, worked]) {
    expect(await house.relay.ask('sessions.forget', { sessionId })).toMatchObject({ worktree: 'removed' })
    expect(existsSync(pathOf({ sessionId }))).toBe(false)
  }
  const branches = git(house.project, 'branch', '--format=%(refname:short)').trim().split('\n')
  expect(branches).toEqual([`farhand/look-${worked.sessionId.slice(-12)}`, 'main'])
})

test('where there can be none it is said why, and the session can do without', async () => {
  const house = await openHouse({ script })
  const session = house.session()
  const refusal = async () => (await session.end(await session.command('look', { options }))).body.error
  expect(await refusal()).toMatchObject({ code: 'BAD_REQUEST', message: expect.stringContaining('not kept in git') })
  git(house.project, 'init', '-b', 'main')
  expect(await refusal()).toMatchObject({ code: 'BAD_REQUEST', message: expect.stringContaining('no commit yet') })
  await session.end(await session.command('without'))
  expect(await refusal()).toMatchObject({ code: 'BAD_REQUEST', message: expect.stringContaining('already') })
})

test('a branch is named by letters and digits of the prompt', () => {
  expect(slugOf('Fix the `..@{` bug — in src/a.ts, please and thank you')).toBe('fix-the-bug-in-src-a-ts-please-')
  expect(slugOf('修复')).toBe('')
  expect(slugOf(`x${'-'.repeat(500)}`)).toBe('x-')
})
