import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentResult } from '@farhand/shared'
import { expect, test } from 'vitest'
import { readCatalog } from '../src/claude/catalog.ts'
import { openHouse } from './house.ts'

/** What a browser asks the machine, over the wire, with the real Claude Code where it is the one who knows. */

test('models and commands are what the installed Claude Code offers in the project, and nothing is said to the model', async () => {
  const house = await openHouse()
  mkdirSync(join(house.project, '.claude', 'commands'), { recursive: true })
  const words = '---\ndescription: Ship it\nargument-hint: <version>\n---\nShip $ARGUMENTS'
  writeFileSync(join(house.project, '.claude', 'commands', 'ship.md'), words)
  const [models, commands] = await Promise.all([
    house.relay.request('models.list'),
    house.relay.request('commands.list'),
  ])
  if (!models.ok || !commands.ok) throw new Error('refused')
  const offered = (models.result as AgentResult<'models.list'>).models
  expect(offered.length).toBeGreaterThan(0)
  expect(offered[0]).toMatchObject({ value: expect.any(String), name: expect.any(String), efforts: expect.any(Array) })
  const all = (commands.result as AgentResult<'commands.list'>).commands
  expect(all.find(({ name }) => name === 'ship')).toEqual({
    name: 'ship',
    description: expect.stringContaining('Ship it'),
    argumentHint: '<version>',
    builtin: false,
  })
  expect(all.find(({ name }) => name === 'compact')).toMatchObject({ builtin: true })
  expect(house.model.turns).toEqual([])
})

test('what the machine does not know, or is asked wrongly, is refused with its code, and the next question is answered', async () => {
  const house = await openHouse()
  expect(await house.relay.request('files.erase')).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
  expect(await house.relay.request('files.read', { path: 7 })).toMatchObject({
    ok: false,
    error: { code: 'BAD_REQUEST' },
  })
  writeFileSync(join(house.project, 'a.txt'), 'hello')
  expect(await house.relay.request('files.read', { path: 'a.txt' })).toMatchObject({
    ok: true,
    result: { text: 'hello' },
  })
  expect(await house.relay.request('files.search', { query: 'a' })).toMatchObject({
    ok: true,
    result: { files: [{ path: 'a.txt' }] },
  })
})

test('an offer of another shape is left out, and a long description is cut', () => {
  const description = 'x'.repeat(1_000)
  const catalog = readCatalog({
    models: [{ value: 'm', description }, { name: 'no value' }],
    commands: ['odd', { name: 'c' }],
  })
  expect(catalog.models).toEqual([{ value: 'm', name: 'm', description: `${'x'.repeat(299)}…` }])
  expect(catalog.commands).toEqual([{ name: 'c', description: '', builtin: false }])
  expect(readCatalog({})).toEqual({ models: [], commands: [] })
})
