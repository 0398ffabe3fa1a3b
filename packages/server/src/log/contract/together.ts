import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { openStore as openStoreOf } from '../openStore.ts'
import type { PostgresStoreOptions } from '../postgresStore.ts'
import type { Store } from '../store.ts'
import { AGENT, PROJECT, command, hello, ids, response } from './fixtures.ts'

export type Together = {
  dataDir: string
  /** Another store on the same database, closed at the end. */
  openStore(part?: Partial<PostgresStoreOptions>): Promise<Store>
  query(text: string): Promise<unknown>
}

const together = { serves: 'together' } as const
/** For what is to come without a promise of when. */
export const PATIENCE_MS = 8_000
const HOUR_MS = 60 * 60 * 1_000
const BUSY = { code: 'STORAGE_BUSY' }

/** What several relays of one database may rely on. */
export function describeTogether({ dataDir, openStore, query }: Together): void {
  describe('several relays on one Postgres', () => {
    let stores: [Store, Store]
    beforeEach(async () => {
      stores = [await openStore(together), await openStore(together)]
      await stores[0].acceptHello(hello(), 1)
    })

    test('[F39] one who is alone and several keep each other out, and say why', async () => {
      const [first, second] = stores
      await expect(openStore()).rejects.toMatchObject(BUSY)
      await first.close()
      await expect(openStore()).rejects.toMatchObject(BUSY)
      await second.close()
      await openStore()
      await expect(openStore(together)).rejects.toMatchObject({ ...BUSY, message: /alone; it needs REDIS_URL/ })
      const standingBy = openStoreOf({ dataDir, databaseUrl: 'postgres://h/d' }, { ...together, standby: true })
      await expect(standingBy).rejects.toMatchObject({ code: 'BAD_REQUEST', message: /none stands by/ })
    })

    test('one of them holds the lease; when it is gone, another does', async () => {
      const held = () => Promise.all(stores.map((store) => store.holdsLease()))
      expect(await stores[0].holdsLease()).toBe(true)
      expect(await held()).toEqual([true, false])
      await query(`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objsubid = 1
        group by pid having count(*) > 1`)
      await expect
        .poll(() => held().catch(() => []), { timeout: PATIENCE_MS })
        .toEqual(expect.arrayContaining([true, false]))
      await stores[0].close()
      await expect.poll(() => stores[1].holdsLease(), { timeout: PATIENCE_MS }).toBe(true)
    })

    test('[AG1] two hellos of one agent at once get epochs that rise, and an older connection stays out', async () => {
      const outcomes = await Promise.all(
        [3, 2, 5, 4].map((connNo, index) => stores[index % 2 === 0 ? 0 : 1].acceptHello(hello({ connNo }), 1)),
      )
      const epochs = outcomes.flatMap((one) => (one.verdict === 'accepted' ? [one.epoch] : []))
      expect(new Set(epochs).size).toBe(epochs.length)
      expect(outcomes[2]).toMatchObject({ verdict: 'accepted', epoch: Math.max(...epochs) })
      expect(await stores[1].acceptHello(hello({ connNo: 5 }), 1)).toMatchObject({ verdict: 'refused' })
    })

    test('[LOG1] [LOG2] the same new session, command and answers at once at both are one', async () => {
      const [one, two] = [ids(), ids()]
      const batch = [command(one), response(one, 1, { kind: 'request', key: 'r', digest: 'd' }), command(two)]
      const results = await Promise.all(stores.map((store) => store.append(batch, 1)))
      const verdicts = results.map(({ outcomes }) => outcomes.map(({ verdict }) => verdict).join(' '))
      expect(verdicts.toSorted()).toEqual(['accepted accepted accepted', 'same same same'])
      expect(await stores[0].session(one.sessionId)).toMatchObject({ head: 2, running: 1, attention: 1 })
      const reversed = [ids(), ids(), ids()].map((each) => command(each))
      await Promise.all([stores[0].append(reversed, 2), stores[1].append(reversed.toReversed(), 2)])
      expect(await stores[0].sessions(PROJECT)).toHaveLength(5)
    })

    test('what one deleted the other does not serve any more, also where it had it at hand', async () => {
      const session = ids()
      await stores[0].append([command(session)], 1)
      const question = { sessionId: session.sessionId, limit: 10, detail: 'full' } as const
      for (let times = 0; times < 3; times += 1) expect((await stores[1].page(question))?.entries).toHaveLength(1)
      await stores[0].updateSession(session.sessionId, { deleted: true }, 2)
      expect(await stores[1].page(question)).toBeUndefined()
      expect(await stores[1].heads([session.sessionId])).toEqual(new Map())
      expect(await stores[1].waitingInputs(AGENT, 10)).toEqual([])
    })

    test('[LOG9] an older state under running relays is told to each of them once, and those who start agree on another log', async () => {
      await stores[0].append([command(ids()), command(ids())], 1)
      const places = [together, together].map((part, index) => ({ ...part, dataDir: join(dataDir, String(index)) }))
      const told = places.map(() => vi.fn())
      const running = await Promise.all(
        places.map((place, index) => openStore({ ...place, onReplaced: told[index] ?? vi.fn() })),
      )
      await query('delete from inputs; delete from entries; delete from sessions')
      const [one, other] = await Promise.all(places.map(openStore))
      expect(one?.rolledBack === true || other?.rolledBack === true).toBe(true)
      expect(other?.logEpoch).toBe(one?.logEpoch)
      for (const store of [...running, ...running]) {
        expect(store.logEpoch).not.toBe(one?.logEpoch)
        await store.upkeep()
      }
      expect(told.map((each) => each.mock.calls.length)).toEqual([1, 1])
    })

    test('[LOG9] who notes how far the log got notices by itself that it fell back', async () => {
      for (const store of stores) await store.close()
      const replaced = vi.fn()
      const only = await openStore({ onReplaced: replaced })
      await only.append([command(ids())], 1)
      await only.upkeep()
      await query('delete from inputs; delete from entries; delete from sessions')
      await only.upkeep()
      await only.upkeep()
      expect(replaced).toHaveBeenCalledTimes(1)
      await only.close()
      expect(await openStore()).toMatchObject({ rolledBack: true })
    })

    test('[F37] all go by the clock of the database, also who has a wrong one', async () => {
      const { now } = Date
      vi.spyOn(Date, 'now').mockImplementation(() => now() + HOUR_MS)
      const wrong = await openStore(together)
      expect((await wrong.upkeep()).clockAheadMs).toBeCloseTo(HOUR_MS, -4)
      expect(wrong.clock.now()).toBeCloseTo(now(), -4)
    })

    test('what opens something once is there when the relay that made it is gone, once', async () => {
      const hash = randomUUID()
      const secret = { kind: 'login', hash, body: '{}', lifeMs: 60_000, most: 10 } as const
      await stores[0].keepOnce(secret)
      await stores[0].close()
      expect(await stores[1].takeOnce('login', hash)).toMatchObject({ body: '{}' })
      expect(await stores[1].takeOnce('login', hash)).toBeUndefined()
    })
  })
}
