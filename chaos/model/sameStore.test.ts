import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '@farhand/shared/testing'
import { afterEach, expect, test } from 'vitest'
import { openSqliteStore } from '../../packages/server/src/log/sqliteStore.ts'
import { compareHistory } from './sameStore.ts'

const HISTORIES = 12

const undo: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const one of undo.splice(0)) await one()
})

test('[LOG2] the tables of the model and the SQLite store give the same answers to the same batches', async () => {
  expect.hasAssertions()
  for (let seed = 1; seed <= HISTORIES; seed += 1) {
    const dataDir = mkdtempSync(join(tmpdir(), 'farhand-model-'))
    undo.push(() => rmSync(dataDir, { recursive: true }))
    const store = await openSqliteStore({ dataDir })
    undo.unshift(() => store.close())
    await compareHistory(seededRandom(seed), store)
  }
}, 60_000)
