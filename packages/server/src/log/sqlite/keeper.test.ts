import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connect } from './connection.ts'
import { keepConnection, type Keeper } from './keeper.ts'

let dataDir = ''
let keeper: Keeper
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'farhand-keeper-'))
  keeper = keepConnection(await connect(dataDir), dataDir, true)
})
afterEach(() => {
  keeper.close()
  rmSync(dataDir, { recursive: true, force: true })
})

/** What SQLite throws when the disk fails. */
const poison = () =>
  keeper.read(() => {
    throw Object.assign(new Error('disk I/O error'), { errcode: 10 })
  })
const read = () => keeper.read((db) => db.prepare('select count(*) as entries from entries').get())

test('after a disk error all who come at once get one new connection, and nobody stands still', async () => {
  await expect(poison()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
  const from = performance.now()
  const answers = await Promise.all(Array.from({ length: 10 }, read))
  expect(answers).toEqual(answers.map(() => ({ entries: 0 })))
  expect(performance.now() - from).toBeLessThan(1_500) // one that waits for another's lock waits for 2 s
})

test('one that is lost again to somebody who waited as well is told, and the next one connects anew', async () => {
  await expect(poison()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
  const [again, behind] = await Promise.allSettled([poison(), read()])
  expect([again.status, behind.status]).toEqual(['rejected', 'rejected'])
  expect(await read()).toEqual({ entries: 0 })
})

test('what is connected after the store was closed is closed as well', async () => {
  await expect(poison()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
  const late = read()
  keeper.close()
  await expect(late).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
})
