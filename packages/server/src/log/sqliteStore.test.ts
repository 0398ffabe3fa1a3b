import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { FarhandError } from '@farhand/shared'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connect, toStorageError } from './sqlite/connection.ts'
import { openSqliteStore } from './sqliteStore.ts'
import { storeContract } from './storeContract.ts'

storeContract('SQLite', () => {
  const dataDir = newDirectory()
  return Promise.resolve({
    open: () => openSqliteStore({ dataDir }),
    remove: () => Promise.resolve(rmSync(dataDir, { recursive: true, force: true })),
  })
})

let dataDir = ''
beforeEach(() => {
  dataDir = newDirectory()
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

function newDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'farhand-store-'))
}

test('[LOG8] every commit waits for the disk: synchronous is still FULL after writes', async () => {
  const connection = await connect(dataDir)
  connection.transaction(() => connection.prepare(`insert into meta values ('a', 'b')`).run())
  expect(connection.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 })
  expect(connection.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
  expect(connection.prepare('PRAGMA foreign_keys').get()).toEqual({ foreign_keys: 1 })
  connection.close()
})

test('[LOG9] another store has another log epoch', async () => {
  const [one, two] = [await openSqliteStore({ dataDir }), await openSqliteStore({ dataDir: join(dataDir, 'two') })]
  expect(one.logEpoch).toMatch(/^[0-9a-f]{32}$/)
  expect(two.logEpoch).not.toBe(one.logEpoch)
  await Promise.all([one.close(), two.close()])
})

test('a second relay on the same directory is refused, a helper beside it is not', async () => {
  const store = await openSqliteStore({ dataDir })
  await expect(openSqliteStore({ dataDir })).rejects.toMatchObject({ code: 'STORAGE_BUSY' })
  const helper = await openSqliteStore({ dataDir, exclusive: false })
  await helper.createToken({ tokenId: 't', role: 'owner', name: 'x', hash: 'h' }, 1)
  expect(await store.tokenExists('t')).toBe(true)
  await Promise.all([store.close(), helper.close()])
  await (await openSqliteStore({ dataDir })).close()
})

test('only its user can read the directory and the database', async () => {
  const fresh = join(dataDir, 'fresh')
  const store = await openSqliteStore({ dataDir: fresh })
  expect(statSync(fresh).mode & 0o777).toBe(0o700)
  for (const file of ['farhand.db', 'farhand.db-wal']) expect(statSync(join(fresh, file)).mode & 0o777).toBe(0o600)
  await store.close()
})

test('STORAGE_BUSY while another program holds the database, and fine again after it', async () => {
  const store = await openSqliteStore({ dataDir })
  const other = new DatabaseSync(join(dataDir, 'farhand.db'))
  other.exec('BEGIN IMMEDIATE')
  await expect(store.checkWritable()).rejects.toMatchObject({ code: 'STORAGE_BUSY' })
  other.exec('ROLLBACK')
  await store.checkWritable()
  other.close()
  await store.close()
})

test('a damaged database is refused, and left as it is', async () => {
  const file = join(dataDir, 'farhand.db')
  writeFileSync(file, 'this is not a database, '.repeat(100))
  const before = readFileSync(file)
  await expect(openSqliteStore({ dataDir })).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
  expect(readFileSync(file).equals(before)).toBe(true)
})

test('a database of a newer version is refused', async () => {
  await (await openSqliteStore({ dataDir })).close()
  const db = new DatabaseSync(join(dataDir, 'farhand.db'))
  db.exec(`insert into kysely_migration values ('9999_future', '2099-01-01')`)
  db.close()
  await expect(openSqliteStore({ dataDir })).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
})

test('a full database refuses with STORAGE_UNAVAILABLE, and goes on when there is room', async () => {
  const connection = await connect(dataDir)
  connection.prepare('PRAGMA max_page_count=60').get() // the same error as that of a full disk
  const write = (text: string) =>
    connection.transaction(() => connection.prepare(`insert or replace into meta values ('k', ?)`).run(text))
  expect(codeOf(() => write('n'.repeat(5_000_000)))).toBe('STORAGE_UNAVAILABLE')
  write('small')
  expect(connection.prepare(`select value from meta where key = 'k'`).get()).toEqual({ value: 'small' })
  connection.close()
})

function codeOf(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    const mapped = toStorageError(error)
    return mapped instanceof FarhandError ? mapped.code : mapped
  }
  return undefined
}

test('[LOG8] when the disk fails, what was acknowledged is there, and nothing else', async () => {
  const fixture = fileURLToPath(new URL('../../test/fillStore.ts', import.meta.url))
  // Files may not grow beyond this many blocks, so a write fails as on a broken disk, and the handle is opened anew.
  const { stdout } = await promisify(execFile)('sh', [
    '-c',
    `ulimit -f 2000; exec "$0" "$@"`,
    process.execPath,
    fixture,
    dataDir,
  ])
  const told = JSON.parse(stdout) as { sessionId: string; acknowledged: number; codes: string[]; head: number }
  expect(told.codes).toEqual(Array(3).fill('STORAGE_UNAVAILABLE'))
  expect(told.acknowledged).toBeGreaterThan(3)
  expect(told.head).toBe(told.acknowledged)
  const store = await openSqliteStore({ dataDir })
  expect((await store.session(told.sessionId))?.head).toBe(told.acknowledged)
  await store.checkWritable()
  await store.close()
})

test('[LOG8] nothing is appended to a log that was left behind: it is written anew first, into the database', async () => {
  const log = join(dataDir, 'farhand.db-wal')
  const first = await openSqliteStore({ dataDir })
  for (let n = 0; n < 5; n += 1)
    await first.createToken({ tokenId: `t${n}`, role: 'owner', name: 'x', hash: `h${n}` }, 1)
  const reader = new DatabaseSync(join(dataDir, 'farhand.db')) // so that the log outlives its writer, as after a kill
  reader.prepare('select * from meta').all()
  await first.close()
  const leftBehind = statSync(log).size
  const second = await openSqliteStore({ dataDir })
  await second.checkWritable()
  expect(statSync(log).size).toBeLessThan(leftBehind)
  expect(await second.tokenExists('t4')).toBe(true)
  reader.close()
  await second.close()
})

test('a data directory that is a file is refused', async () => {
  const file = join(dataDir, 'file')
  writeFileSync(file, '')
  mkdirSync(join(dataDir, 'dir'))
  await expect(openSqliteStore({ dataDir: file })).rejects.toThrow()
})
