import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '@farhand/shared/testing'
import { afterEach, expect, test } from 'vitest'
import { openSqliteStore } from '../../packages/server/src/log/sqliteStore.ts'
import { compareHistory } from './sameStore.ts'

/** The last three: what the agent said of a command stands before the command. */
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 25, 67, 69]

const undo: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const one of undo.splice(0)) await one()
})

test('[LOG2] the tables of the model and the SQLite store give the same answers to the same batches', async () => {
  expect.hasAssertions()
  for (const seed of SEEDS) {
    const dataDir = mkdtempSync(join(tmpdir(), 'farhand-model-'))
    undo.push(() => rmSync(dataDir, { recursive: true }))
    const store = await openSqliteStore({ dataDir })
    undo.unshift(() => store.close())
    await compareHistory(seededRandom(seed), store)
  }
}, 60_000)
