import { randomBytes } from 'node:crypto'
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { command, hello, ids, response, type Ids } from './contract/fixtures.ts'
import { backupStore } from './sqlite/backup.ts'
import { inspect } from './sqlite/inspect.ts'
import { restoreStore } from './sqlite/restore.ts'
import { openSqliteStore } from './sqliteStore.ts'
import type { Store } from './store.ts'
import { isOtherLog } from './watermark.ts'

const TOKEN = { tokenId: 't1', role: 'owner' as const, name: 'phone', hash: 'h1' }
const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)

let directory = ''
let dataDir = ''
let said: Ids
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'farhand-restore-'))
  dataDir = join(directory, 'data')
  said = ids()
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const path = (name: string): string => join(directory, name)
const restore = (file: string) => restoreStore({ dataDir, file, now: NOW, randomBytes })

/** Opens the store, does something, closes it. */
async function withStore<T>(act: (store: Store) => Promise<T>): Promise<T> {
  const store = await openSqliteStore({ dataDir })
  try {
    return await act(store)
  } finally {
    await store.close()
  }
}

async function fill(store: Store, from: number, to: number): Promise<void> {
  if (from === 1) {
    await store.acceptHello(hello(), 1)
    await store.append([command(said)], 1)
  }
  for (let n = from; n <= to; n++) await store.append([response(said, n)], n)
}

const headOf = (store: Store) => store.session(said.sessionId).then((session) => session?.head)

describe('a backup', () => {
  test('is whole while somebody writes, and readable by its user only', async () => {
    const store = await openSqliteStore({ dataDir })
    await fill(store, 1, 50)
    let n = 50
    const writing = (async () => {
      for (; n < 200; n++) await store.append([response(said, n + 1)], n)
    })()
    const contents = await backupStore(dataDir, path('copy.db'))
    await writing
    await store.close()
    expect(contents.entries).toBeGreaterThanOrEqual(51)
    expect(inspect(path('copy.db'))).toEqual(contents)
    expect(statSync(path('copy.db')).mode & 0o777).toBe(0o600)
    expect(readdirSync(directory).toSorted()).toEqual(['copy.db', 'data'])
  })

  test('never writes over a file, and leaves none where it fails', async () => {
    await expect(backupStore(dataDir, path('copy.db'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await withStore((store) => fill(store, 1, 3))
    writeFileSync(path('copy.db'), 'mine')
    await expect(backupStore(dataDir, path('copy.db'))).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    expect(readFileSync(path('copy.db'), 'utf8')).toBe('mine')
    await expect(backupStore(dataDir, path('none/copy.db'))).rejects.toThrow('ENOENT')
  })
})

describe('[F40] [LOG9] a restore', () => {
  test('puts the log back as another log, and keeps what was there', async () => {
    const before = await withStore(async (store) => {
      await fill(store, 1, 3)
      await backupStore(dataDir, path('copy.db'))
      await fill(store, 4, 9)
      return store.logEpoch
    })
    const { aside, rights, entries } = await restore(path('copy.db'))
    expect({ rights, entries }).toEqual({ rights: 'kept', entries: 4 })
    expect(aside).toMatch(/farhand\.db\.before-restore-2026-01-02T03-04-05-000Z$/)
    expect(inspect(aside ?? '').entries).toBe(10)
    const after = await withStore(async (store) => {
      expect(await headOf(store)).toBe(4)
      expect(store.rolledBack).toBe(false) // it is known already
      return store.logEpoch
    })
    expect(after).toMatch(/^[0-9a-f]{32}$/)
    expect(after).not.toBe(before)
    expect(readdirSync(dataDir).filter((name) => name.includes('restoring'))).toEqual([])
  })

  test('gives no right back that was taken away, and takes none that was given since', async () => {
    await withStore(async (store) => {
      await store.createToken(TOKEN, 1)
      await backupStore(dataDir, path('copy.db'))
      await store.createToken({ ...TOKEN, tokenId: 't2', hash: 'h2' }, 2)
      await store.createWebSession({ hash: 's', tokenId: 't2', name: 'x', expiresAt: NOW * 2 }, 2)
      const push = { login: 's', endpoint: 'https://push.example/1', keys: { p256dh: 'p', auth: 'a' }, kinds: [] }
      await store.savePush(push, 2, 9)
      await store.pushKeys('those that it was made with')
    })
    const db = new DatabaseSync(join(dataDir, 'farhand.db'))
    db.exec(`delete from tokens where token_id = 't1'`)
    db.close()
    await restore(path('copy.db'))
    await withStore(async (store) => {
      expect(await store.tokenExists('t1')).toBe(false)
      expect(await store.tokenExists('t2')).toBe(true)
      expect(await store.webSession('s', NOW)).toBeDefined()
      expect(await store.pushOf('s')).toBeDefined()
      expect(await store.pushKeys('others')).toBe('those that it was made with')
    })
  })

  test('[F33] works where the present database is damaged: tokens of the copy, and everybody signs in again', async () => {
    await withStore(async (store) => {
      await fill(store, 1, 3)
      await store.createToken(TOKEN, 1)
      await store.createWebSession({ hash: 's', tokenId: 't1', name: 'x', expiresAt: NOW * 2 }, 1)
      await backupStore(dataDir, path('copy.db'))
    })
    writeFileSync(join(dataDir, 'farhand.db'), 'no database any more')
    writeFileSync(join(dataDir, 'farhand.db-wal'), 'its log')
    const { aside, rights } = await restore(path('copy.db'))
    expect(rights).toBe('backup')
    expect(readFileSync(aside ?? '', 'utf8')).toBe('no database any more')
    expect(readFileSync(`${aside}-wal`, 'utf8')).toBe('its log')
    await withStore(async (store) => {
      expect(await headOf(store)).toBe(4)
      expect(await store.tokenExists('t1')).toBe(true)
      expect(await store.webSession('s', NOW)).toBeUndefined()
    })
  })

  test('into an empty directory, also of the files of a killed server with their write-ahead log', async () => {
    const store = await openSqliteStore({ dataDir })
    await fill(store, 1, 3)
    for (const suffix of ['', '-wal']) copyFileSync(join(dataDir, `farhand.db${suffix}`), path(`copy.db${suffix}`))
    await store.close()
    dataDir = path('elsewhere')
    expect(await restore(path('copy.db'))).toMatchObject({ aside: undefined, entries: 4 })
    expect(await withStore(headOf)).toBe(4)
  })

  test('is refused while a server runs, and for what is no backup; then nothing has changed', async () => {
    const store = await openSqliteStore({ dataDir })
    await fill(store, 1, 3)
    await backupStore(dataDir, path('copy.db'))
    await expect(restore(path('copy.db'))).rejects.toMatchObject({ code: 'STORAGE_BUSY' })
    await store.close()
    const other = new DatabaseSync(path('other.db'))
    other.exec('create table t (x)')
    other.close()
    const cut = readFileSync(path('copy.db'))
    writeFileSync(path('cut.db'), cut.subarray(0, cut.length - 8_192))
    writeFileSync(path('text.db'), 'text')
    await expect(restore(path('missing.db'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(restore(path('other.db'))).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    await expect(restore(path('cut.db'))).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    await expect(restore(path('text.db'))).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    expect(readdirSync(dataDir).toSorted()).toEqual(['farhand.db', 'lock.db', 'watermark.json'])
    const { logEpoch } = store
    expect(await withStore(async (again) => [again.logEpoch, await headOf(again)])).toEqual([logEpoch, 4])
  })
})

describe('[LOG9] whether the log is the one that was here last', () => {
  test.each([
    ['the same', { logEpoch: 'a', entries: 5 }, { logEpoch: 'a', entries: 5 }, false],
    ['killed before it was noted', { logEpoch: 'a', entries: 7 }, { logEpoch: 'a', entries: 5 }, false],
    ['older', { logEpoch: 'a', entries: 4 }, { logEpoch: 'a', entries: 5 }, true],
    ['another', { logEpoch: 'b', entries: 9 }, { logEpoch: 'a', entries: 5 }, true],
    ['a first start', { logEpoch: 'a', entries: 0 }, undefined, false],
    ['from elsewhere', { logEpoch: 'a', entries: 3 }, undefined, true],
  ])('%s', (_name, found, expected, other) => {
    expect(isOtherLog(found, expected)).toBe(other)
  })

  test('kill -9 in between, deleting and compacting do not make it another one', async () => {
    const { logEpoch } = await withStore(async (store) => {
      await fill(store, 1, 9)
      return store
    })
    copyFileSync(join(dataDir, 'watermark.json'), path('older.json'))
    await withStore(async (store) => {
      await fill(store, 10, 12)
      await store.updateSession(said.sessionId, { deleted: true }, 20)
    })
    copyFileSync(path('older.json'), join(dataDir, 'watermark.json'))
    await withStore((store) => Promise.resolve(expect(store.logEpoch).toBe(logEpoch)))
    await withStore((store) => Promise.resolve(expect(store.logEpoch).toBe(logEpoch)))
  })
})
