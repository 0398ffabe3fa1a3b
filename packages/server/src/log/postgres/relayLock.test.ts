import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { POSTGRES_NEEDED, findPostgres, startPostgres, type TestPostgres } from '../../../test/postgres.ts'
import { openCuttingProxy } from '../../../test/cuttingProxy.ts'
import { createRelayLock } from './relayLock.ts'

/** Longer than a connection needs to end, and shorter than is waited for it. */
const STOOD_STILL_MS = 700
const PATIENCE = { timeout: 10_000 }
const HOLDERS = `select distinct pid from pg_locks where locktype = 'advisory' and granted`

const program = findPostgres()
if (program === undefined) {
  test(POSTGRES_NEEDED, () => console.log(POSTGRES_NEEDED))
} else {
  describe('the lock of a relay whose connection is lost', () => {
    let postgres: TestPostgres
    beforeAll(async () => {
      postgres = await startPostgres(program)
    })
    afterAll(() => postgres.close())

    /** A relay that has the lock, whose connection is then cut while the database's end of it stands still. */
    async function loseLock() {
      const url = await postgres.newDatabase()
      const target = new URL(url)
      const proxy = await openCuttingProxy({ host: target.hostname, port: Number(target.port) })
      onTestFinished(() => proxy.close())
      target.port = String(proxy.port)
      let takenOver = 0
      const lock = createRelayLock(target.href, 'alone', () => (takenOver += 1))
      onTestFinished(() => lock.close())
      await lock.ensure()
      const [holder] = await postgres.query(url, HOLDERS)
      const pid = Number(holder?.['pid'])
      process.kill(pid, 'SIGSTOP')
      proxy.cutAll()
      return { url, lock, pid, takenOver: () => takenOver }
    }

    test('[F39] it is had again, however long the database needs to end the former one', async () => {
      const { url, lock, pid, takenOver } = await loseLock()
      setTimeout(() => process.kill(pid, 'SIGCONT'), STOOD_STILL_MS)
      const holders = () => lock.ensure().then(() => postgres.query(url, HOLDERS), String)
      await expect.poll(holders, PATIENCE).toEqual([{ pid: expect.not.closeTo(pid, 0) }])
      expect(takenOver()).toBe(0)
    })

    test('[F39] where another has it, that is told once', async () => {
      const { url, lock, pid, takenOver } = await loseLock()
      process.kill(pid, 'SIGCONT')
      const other = createRelayLock(url, 'alone')
      onTestFinished(() => other.close())
      await expect.poll(() => other.ensure().then(() => 'here', String), PATIENCE).toBe('here')
      for (let time = 0; time < 2; time += 1) {
        await expect(lock.ensure()).rejects.toMatchObject({ code: 'STORAGE_BUSY' })
        expect(takenOver()).toBe(1)
      }
    })
  })
}
