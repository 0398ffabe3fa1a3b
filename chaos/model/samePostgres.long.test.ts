import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '@farhand/shared/testing'
import { afterAll, expect, test } from 'vitest'
import { openPostgresStore } from '../../packages/server/src/log/postgresStore.ts'
import { POSTGRES_NEEDED, findPostgres, startPostgres } from '../../packages/server/test/postgres.ts'
import { compareHistory } from './sameStore.ts'
import { compareTwoRelays } from './twoRelays.ts'

const HISTORIES = 20
const HISTORIES_OF_TWO = 15

const program = findPostgres()
if (program === undefined) {
  test(POSTGRES_NEEDED, () => console.log(POSTGRES_NEEDED))
} else {
  const postgres = await startPostgres(program)
  const dataDir = mkdtempSync(join(tmpdir(), 'farhand-model-'))
  afterAll(async () => {
    await postgres.close()
    rmSync(dataDir, { recursive: true })
  })

  test('[LOG2] the tables of the model and the Postgres store give the same answers to the same batches', async () => {
    expect.hasAssertions()
    for (let seed = 1; seed <= HISTORIES; seed += 1) {
      const store = await openPostgresStore({ url: await postgres.newDatabase(), dataDir })
      await compareHistory(seededRandom(seed), store).finally(() => store.close())
    }
  }, 300_000)

  test('[LOG1] [LOG2] [LOG5] [REQ2] two relays that write at once give the answers of one', async () => {
    expect.hasAssertions()
    for (let seed = 1; seed <= HISTORIES_OF_TWO; seed += 1) {
      const options = { url: await postgres.newDatabase(), dataDir, serves: 'together' } as const
      const stores = [await openPostgresStore(options), await openPostgresStore(options)] as const
      await compareTwoRelays(seededRandom(seed), stores).finally(() =>
        Promise.all(stores.map((store) => store.close())),
      )
    }
  }, 300_000)
}
