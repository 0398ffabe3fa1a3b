import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ClaudeCodeOptions, RunStartedBody } from '@farhand/shared'
import { expect, test } from 'vitest'
import { openHouse, type HouseSession } from './house.ts'
import { until } from './temporary.ts'

/** What can't be done has its code and a sentence, and the session stays usable. */

const NOBODY = '00000000-0000-4000-8000-000000000001'

async function usable(session: HouseSession, part: { options?: ClaudeCodeOptions } = {}): Promise<void> {
  const { body } = await session.end(await session.command('and now', part))
  expect(body.result).toBe('You said and now')
}

test('a model or mode that Claude Code or the API refuses, with a command or as a setting: the former one goes on', async () => {
  const house = await openHouse({
    script: ({ prompt, model }) =>
      model === 'nothing'
        ? { status: 404, error: 'not_found_error', message: 'model: nothing' }
        : { blocks: [{ type: 'text', text: `You said ${prompt}` }] },
  })
  const session = house.session()
  const unknown = { options: { model: 'nothing' } }
  const models = () => session.bodies('run_started').map((body) => (body as RunStartedBody).model)

  // Nothing was set before: the default takes its place.
  const first = await session.end(await session.command('with nothing', unknown))
  expect(first.body.error).toMatchObject({
    code: 'BAD_REQUEST',
    message: expect.stringContaining('issue with the selected model (nothing)'),
  })
  const left = (model: string) => expect.objectContaining({ type: 'setting', level: 'warning', model })
  expect(session.bodies('notice')).toEqual([left('default')])
  await usable(session)
  expect(models().at(-1)).not.toBe('nothing')

  // While a process is there it is asked before anything is begun; else it is seen when the run begins.
  await usable(session, { options: { model: 'claude-sonnet-4-5' } })
  const later = await session.end(await session.command('with nothing', unknown))
  const refusal = expect.stringContaining('Claude Code does not take model nothing: ')
  expect(later.body.error).toMatchObject({ code: 'BAD_REQUEST', message: refusal })
  await session.input('setting', { model: 'nothing' })
  await until('the notice', () => session.bodies('notice').length === 2)
  expect(session.bodies('notice').at(-1)).toMatchObject({ type: 'setting_refused', message: refusal })
  await session.end(await session.command('in it', { options: { ...unknown.options, maxTurns: 3 } }))
  expect(session.bodies('notice').at(-1)).toEqual(left('claude-sonnet-4-5'))
  await usable(session)
  expect(models().at(-1)).toBe('claude-sonnet-4-5')

  const mode = await session.end(await session.command('in it', { options: { permissionMode: 'auto' } }))
  const noMode = expect.stringContaining('Claude Code does not take permissionMode auto: ')
  expect(mode.body.error).toMatchObject({ code: 'BAD_REQUEST', message: noMode })
  await session.input('setting', { permissionMode: 'auto' })
  await until('the notice', () => session.bodies('notice').length === 4)
  expect(session.bodies('notice').at(-1)).toMatchObject({ type: 'setting_refused', message: noMode })
  await usable(session)
})

test('a conversation that is unknown, or was held elsewhere, resumed or forked; a setting that is none', async () => {
  const house = await openHouse({
    script: ({ prompt }) => ({ blocks: [{ type: 'text', text: `You said ${prompt}` }] }),
  })
  mkdirSync(join(house.project, 'sub'))
  const [there, session] = [house.session(), house.session()]
  await there.end(await there.command('hello', { workingDirectory: 'sub' }))
  const [{ claudeSessionId } = { claudeSessionId: '' }] = there.bodies('run_started') as { claudeSessionId: string }[]
  const cases: ClaudeCodeOptions[] = [{ resume: NOBODY }, { resume: claudeSessionId, fork: true }]
  for (const options of cases) {
    const { body } = await session.end(await session.command('hello', { options }))
    expect(body.error).toEqual({ code: 'NOT_FOUND', message: expect.stringContaining('in this directory') })
  }
  await session.input('setting', { permissionMode: 'whatever I like' })
  await session.input('revoke', { grantId: '' })
  await session.input('queue', { action: 'withdraw', commandId: randomUUID() })
  await usable(session)
})
