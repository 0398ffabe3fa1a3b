import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { openHouse, type House } from './house.ts'

/** Each of these starts Claude Code several times. */
vi.setConfig({ testTimeout: 60_000 })

const options = { worktree: true }

function commit({ project }: House): void {
  const who = ['-c', 'user.name=Dev', '-c', 'user.email=dev@example.com', '-c', 'commit.gpgsign=false']
  const git = (...args: string[]) => execFileSync('git', [...who, ...args], { cwd: project })
  git('init', '-b', 'main')
  writeFileSync(join(project, 'a.txt'), 'a')
  git('add', '.')
  git('commit', '-m', 'first')
}

test('a fork of a session in a worktree works in the same one, which stays as long as one of them is there', async () => {
  const house = await openHouse()
  commit(house)
  const [source, fork] = [house.session(), house.session()]
  await source.end(await source.command('look', { options }))
  const origin = await house.relay.ask('sessions.origin', { sessionId: source.sessionId })
  const path = join(house.directory, 'agent', 'worktrees', `shop-${source.sessionId.slice(-12)}`)
  const branch = `farhand/look-${source.sessionId.slice(-12)}`
  expect(origin).toEqual({
    claudeSessionId: expect.any(String),
    workingDirectory: house.project,
    worktree: { branch },
    rewound: false,
  })
  const { claudeSessionId: resume } = origin as { claudeSessionId: string }
  const forked = await fork.end(await fork.command('and on', { options: { resume, fork: true } }))
  expect(forked.response.status).toBe('complete')
  expect(fork.bodies('run_started')).toMatchObject([{ cwd: path }])
  expect(fork.bodies('prompt')).toMatchObject([{ text: 'look' }])
  expect(house.model.turns.at(-1)?.history).toEqual(['look', 'and on'])
  await fork.end(await fork.command('once more'))
  expect(fork.bodies('run_started').at(-1)).toMatchObject({ cwd: path })
  const forget = ({ sessionId }: typeof fork) => house.relay.ask('sessions.forget', { sessionId })
  expect(await forget(source)).toMatchObject({ worktree: 'kept' })
  expect(existsSync(path)).toBe(true)
  expect(await forget(fork)).toMatchObject({ worktree: 'removed' })
  const unknown = house.relay.request('sessions.origin', { sessionId: house.session().sessionId })
  expect(await unknown).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
})
