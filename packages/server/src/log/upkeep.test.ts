import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connect, type Connection } from './sqlite/connection.ts'
import { keepConnection, type Keeper } from './sqlite/keeper.ts'
import { startUpkeep } from './sqlite/upkeep.ts'

const MIB = 1024 * 1024
const CUT_BYTES = 4 * MIB

let dataDir = ''
let connection: Connection
let keeper: Keeper
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'farhand-upkeep-'))
  connection = await connect(dataDir)
  keeper = keepConnection(connection, dataDir, true)
})
afterEach(() => {
  keeper.close()
  rmSync(dataDir, { recursive: true, force: true })
})

/** So much that a checkpoint of SQLite's own comes several times over. */
async function write(bytes: number): Promise<void> {
  for (let written = 0; written < bytes; written += MIB) {
    await keeper.change((db) => db.prepare(`insert or replace into meta values ('k', ?)`).run('x'.repeat(MIB)))
  }
}

const walBytes = (): number => statSync(join(dataDir, 'farhand.db-wal')).size

test('[F34] without a reader the write-ahead log is written again from its start, and stays small', async () => {
  await write(80 * MIB)
  expect(walBytes()).toBeLessThan(24 * MIB)
})

test('[F34] while somebody reads for long it grows, which is told; then it is cut, and no write ever waited', async () => {
  const upkeep = startUpkeep(keeper, dataDir, 'epoch', CUT_BYTES)
  await write(MIB)
  const reader = new DatabaseSync(join(dataDir, 'farhand.db'), { readOnly: true })
  reader.exec('BEGIN')
  reader.prepare('select count(*) from meta').get()
  await write(40 * MIB)
  const from = performance.now()
  const during = await upkeep.round()
  expect(performance.now() - from).toBeLessThan(1_000) // the busy timeout is twice as long
  expect(during.walBytes).toBeGreaterThan(30 * MIB)
  reader.exec('COMMIT')
  expect(await upkeep.round()).toEqual({ walBytes: 0, damaged: false })
  await write(2 * MIB)
  const { walBytes: after } = await upkeep.round()
  expect(after).toBeGreaterThan(0)
  expect(after).toBeLessThan(CUT_BYTES)
  reader.close()
})
