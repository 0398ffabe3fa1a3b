import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { openCuttingProxy } from '../../test/cuttingProxy.ts'
import { POSTGRES_NEEDED, findPostgres, startPostgres, type TestPostgres } from '../../test/postgres.ts'
import { AGENT, PROJECT, command, hello, ids, response } from './contract/fixtures.ts'
import { PATIENCE_MS, describeTogether } from './contract/together.ts'
import { copyToPostgres } from './postgres/fromSqlite.ts'
import { COLUMNS } from './postgres/schema.ts'
import { openPostgresStore, type PostgresStoreOptions } from './postgresStore.ts'
import { openSqliteStore } from './sqliteStore.ts'
import type { Store } from './store.ts'
import { storeContract } from './storeContract.ts'

const program = findPostgres()
if (program === undefined) {
  test(POSTGRES_NEEDED, () => console.log(POSTGRES_NEEDED))
} else {
  const postgres = await startPostgres(program)
  const url = await postgres.newDatabase()
  const dataDir = mkdtempSync(join(tmpdir(), 'farhand-store-'))
  const statements = Object.keys(COLUMNS)
    .toReversed()
    .map((table) => `delete from ${table}`)
  const empty = async () => void (await postgres.query(url, statements.join('; ')))
  afterAll(async () => {
    await postgres.close()
    rmSync(dataDir, { recursive: true, force: true })
  })

  storeContract('Postgres', () => Promise.resolve({ open: () => openPostgresStore({ url, dataDir }), remove: empty }))
  describeOthers({ postgres, url, dataDir, empty })
}

function describeOthers(at: {
  postgres: TestPostgres
  url: string
  dataDir: string
  empty: () => Promise<void>
}): void {
  const { postgres, url, dataDir, empty } = at
  const open: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of open.splice(0).toReversed()) await close()
    await empty()
  })

  async function openStore(part: Partial<PostgresStoreOptions> = {}): Promise<Store> {
    const store = await openPostgresStore({ url, dataDir, ...part })
    open.push(() => store.close())
    return store
  }

  describeTogether({ dataDir, openStore, query: (text) => postgres.query(url, text) })

  describe('Postgres, with others around', () => {
    test('[F39] a second relay on one database is refused, and may once the first is gone; a helper always may', async () => {
      const first = await openStore()
      await expect(openStore()).rejects.toMatchObject({ code: 'STORAGE_BUSY' })
      const helper = await openStore({ serves: 'beside' })
      await helper.createToken({ tokenId: 't', role: 'owner', name: 'x', hash: 'h' }, 1)
      expect(await first.tokenExists('t')).toBe(true)
      const waiting = openStore({ patienceMs: 10_000 })
      await first.close()
      expect(await (await waiting).tokenExists('t')).toBe(true)
    })

    test('[F39] a lock that was lost with its connection is taken again, unless another was faster', async () => {
      let losses = 0
      const first = await openStore({ onTakenOver: () => (losses += 1) })
      const holders = `select distinct pid from pg_locks where locktype = 'advisory' and granted`
      const cutLock = async (): Promise<void> => {
        await postgres.query(url, `select pg_terminate_backend(pid) from (${holders}) holders`)
      }
      const [former] = await postgres.query(url, holders)
      await cutLock()
      // Until it hears of the loss it goes on writing, so what is waited for is another connection with the lock.
      const holdsAgain = async (): Promise<boolean> => {
        await first.checkWritable()
        const [holder, ...others] = await postgres.query(url, holders)
        return holder !== undefined && holder['pid'] !== former?.['pid'] && others.length === 0
      }
      await expect.poll(() => holdsAgain().catch(String), { timeout: PATIENCE_MS }).toBe(true)
      await expect(openStore()).rejects.toMatchObject({ code: 'STORAGE_BUSY' })
      const waiting = openStore({ patienceMs: 10_000 })
      await cutLock()
      const second = await waiting
      await expect
        .poll(() => first.checkWritable().catch((error: unknown) => error), { timeout: PATIENCE_MS })
        .toMatchObject({ code: 'STORAGE_BUSY' })
      expect(await first.projects()).toEqual([])
      await second.checkWritable()
      expect(losses).toBe(1)
    })

    test('[LOG1] [LOG2] who writes beside another gets numbers without holes, and one answer for one command', async () => {
      const stores = await Promise.all([openStore({ serves: 'beside' }), openStore({ serves: 'beside' })])
      const [first] = stores
      await first.acceptHello(hello(), 1)
      const session = ids()
      const commandIds = Array.from({ length: 12 }, () => randomUUID())
      const outcomes = await Promise.all(
        commandIds.flatMap((commandId) => stores.map((store) => store.append([command({ ...session, commandId })], 1))),
      )
      const verdicts = outcomes.map(({ outcomes: [outcome] }) => outcome?.verdict)
      expect(verdicts.toSorted()).toEqual([...Array(12).fill('accepted'), ...Array(12).fill('same')])
      const page = await first.page({ sessionId: session.sessionId, after: 0, limit: 500, detail: 'full' })
      expect(page?.entries.map((entry) => entry.seq)).toEqual(commandIds.map((_id, index) => index + 1))
      expect(await first.session(session.sessionId)).toMatchObject({ running: 12, head: 12 })
    })

    test.each(['before', 'after'] as const)(
      '[LOG3] [F24] the connection is cut %s the database hears of the commit: the answer is what became of it',
      async (when) => {
        const target = new URL(url)
        const proxy = await openCuttingProxy({ host: target.hostname, port: Number(target.port) })
        open.push(() => proxy.close())
        target.port = String(proxy.port)
        const store = await openStore({ url: target.href })
        await store.acceptHello(hello(), 1)
        const session = ids()
        proxy.cutAt('commit\0', when)
        const answer = await store.append([command(session)], 1).catch((error: unknown) => error)
        expect(proxy.cuts()).toBe(1)
        if (when === 'after') {
          expect(answer).toMatchObject({ outcomes: [{ verdict: 'accepted', entry: { seq: 1 } }] })
          expect((await store.session(session.sessionId))?.head).toBe(1)
        } else {
          expect(answer).toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
          expect(await store.session(session.sessionId)).toBeUndefined()
        }
        const [again] = (await store.append([command(session)], 1)).outcomes
        expect(again?.verdict).toBe(when === 'after' ? 'same' : 'accepted')
      },
    )

    test('a store of SQLite is copied as a whole, and stays the same log', async () => {
      const from = mkdtempSync(join(tmpdir(), 'farhand-copy-'))
      open.push(() => Promise.resolve(rmSync(from, { recursive: true, force: true })))
      await expect(copyToPostgres(from, url)).rejects.toMatchObject({ code: 'NOT_FOUND' })
      const source = await openSqliteStore({ dataDir: from })
      const sessionIds = await fill(source)
      const said = await contentsOf(source, sessionIds)
      await expect(copyToPostgres(from, url)).rejects.toMatchObject({ code: 'STORAGE_BUSY' })
      await source.close()
      expect(await copyToPostgres(from, url)).toMatchObject({ sessions: sessionIds.length })
      const store = await openStore()
      expect(await contentsOf(store, sessionIds)).toEqual(said)
      expect(
        await store.append([command({ sessionId: sessionIds[0] ?? '', commandId: randomUUID() })], 9),
      ).toMatchObject({
        outcomes: [{ verdict: 'accepted' }],
      })
      await expect(copyToPostgres(from, url)).rejects.toMatchObject({ code: 'STORAGE_BUSY' })
      await store.close()
      await expect(copyToPostgres(from, url)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    })
  })
}

/** Something of everything. Answers the sessions; the last one is deleted. */
async function fill(store: Store): Promise<string[]> {
  await store.acceptHello(hello(), 1)
  await store.createToken({ tokenId: 't', role: 'agent', name: 'box \0', hash: 'h' }, 2)
  await store.createWebSession({ hash: 's', tokenId: 't', name: 'Owner', device: 'phone', expiresAt: 99_000 }, 3)
  const [talk, waits, gone] = [ids(), ids(), ids()]
  await store.append([command(talk), command(waits), command(gone)], 4)
  const delta = (n: number) => response(talk, n, { key: 'k', data: `part ${n} \0 \u0001` })
  await store.append([1, 2, 3].map(delta), 5)
  await store.append(
    [
      { type: 'delivered', inputId: talk.commandId },
      response(talk, 4, { key: 'k', final: true, data: 'all' }),
      response(talk, 5, { kind: 'request', key: 'r', digest: 'd' }),
    ],
    6,
  )
  await store.append([{ type: 'hold', commandId: waits.commandId, waitedMs: 5 }], 7)
  await store.updateSession(talk.sessionId, { title: 'T', pinned: true, readUpTo: 2, markedUnread: true }, 7)
  await store.updateSession(gone.sessionId, { deleted: true }, 8)
  return [talk, waits, gone].map((session) => session.sessionId)
}

async function contentsOf(store: Store, sessionIds: readonly string[]) {
  const details = ['full', 'final'] as const
  return {
    logEpoch: store.logEpoch,
    sessions: await store.sessions(PROJECT),
    pages: await Promise.all(
      sessionIds.flatMap((sessionId) =>
        details.map((detail) => store.page({ sessionId, after: 0, limit: 500, detail })),
      ),
    ),
    waiting: await store.waitingInputs(AGENT, 10),
    open: await store.openCommands(AGENT),
    requests: await store.openRequests(PROJECT),
    projects: await store.projects(),
    agent: await store.agent(AGENT),
    tokens: await store.tokens(),
    logins: await store.webSessions(10),
  }
}
