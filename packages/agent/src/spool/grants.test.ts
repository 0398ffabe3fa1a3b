import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { temporaryDirectory, until } from '../../test/temporary.ts'
import { openSpool, type Spool } from './spool.ts'

const ANN = { id: 'ann', name: 'Ann', device: 'Phone' }
const HOUR_MS = 60 * 60 * 1000

function grant(grantId: string, sessionId = 'one') {
  return { grantId, sessionId, rule: `Bash(${grantId})`, by: ANN, at: 1_000, until: 1_000 + HOUR_MS }
}
const names = (spool: Spool, sessionId = 'one') => spool.grants.active(sessionId).map(({ grantId }) => grantId)

test('holds from when it was given until its end, over a restart, in its session; a clock that is set back ends it', () => {
  const directory = temporaryDirectory()
  const clock = { time: 1_000, now: () => clock.time }
  const first = openSpool(directory, clock)
  first.grants.add(grant('a'))
  first.grants.add(grant('a'))
  first.grants.add(grant('b', 'two'))
  expect(first.grants.active('one')).toEqual([grant('a')])
  first.close()
  const second = openSpool(directory, clock)
  expect([names(second), names(second, 'two')]).toEqual([['a'], ['b']])
  clock.time = 999
  expect(names(second)).toEqual([])
  clock.time = 1_000 + HOUR_MS
  expect(names(second)).toEqual([])
  second.close()
})

test('taken back it ends at once and once, also while the disk takes nothing; of another session it is not found', async () => {
  const directory = temporaryDirectory()
  const spool = openSpool(directory, { now: () => 2_000 })
  for (const grantId of ['a', 'b', 'c']) spool.grants.add(grant(grantId))
  expect(spool.grants.end('two', 'a')).toBeUndefined()
  const other = new DatabaseSync(join(directory, 'agent.db'))
  other.exec('BEGIN IMMEDIATE')
  expect(spool.grants.end('one', 'a')).toEqual(grant('a'))
  expect(spool.grants.end('one', 'a')).toBeUndefined()
  expect(names(spool)).toEqual(['b', 'c'])
  other.exec('ROLLBACK')
  const rows = () => Number(other.prepare('SELECT count(*) AS count FROM grants').get()?.['count'])
  await until('the retry', () => rows() === 2)
  // What can't be read allows nothing.
  other.exec(`UPDATE grants SET author = 'Ann' WHERE grant_id = 'b'`)
  expect(names(spool)).toEqual(['c'])
  spool.grants.forget('one')
  expect(names(spool)).toEqual([])
  await until('its end', () => rows() === 0)
  other.close()
  spool.close()
})
