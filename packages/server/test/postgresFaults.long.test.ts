import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PROTOCOL_VERSION } from '@farhand/shared'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { command, hello, ids, response } from '../src/log/contract/fixtures.ts'
import { describeOneTime } from '../src/log/contract/oneTime.ts'
import { openPostgresStore, type PostgresStoreOptions } from '../src/log/postgresStore.ts'
import { bringUpToDate } from '../src/log/postgres/migrate.ts'
import { LEASE_SILENCE_MS } from '../src/log/postgres/relayLock.ts'
import { COLUMNS } from '../src/log/postgres/schema.ts'
import type { Store } from '../src/log/store.ts'
import { AGENT_ID, PROJECT_ID, collect, getJson, heard, helloOf, ok, until, type TestBrowser } from './harness.ts'
import { openCuttingProxy } from './cuttingProxy.ts'
import { openStallingProxy } from './stallingProxy.ts'
import { POSTGRES_NEEDED, findPostgres, startPostgres, type TestPostgres } from './postgres.ts'
import { relayProcess } from './process.ts'

/** Less than anybody waits for an acknowledgement. */
const TOLD_MS = 7_000

const program = findPostgres()
if (program === undefined) {
  test(POSTGRES_NEEDED, () => console.log(POSTGRES_NEEDED))
} else {
  const postgres = await startPostgres(program)
  const url = await postgres.newDatabase()
  await bringUpToDate(url)
  const dataDir = mkdtempSync(join(tmpdir(), 'farhand-store-'))
  afterAll(async () => {
    await postgres.close()
    rmSync(dataDir, { recursive: true, force: true })
  })
  describeFaults({ postgres, url, dataDir })
  describeRelay(postgres)
}

function describeFaults(at: { postgres: TestPostgres; url: string; dataDir: string }): void {
  const { postgres, url, dataDir } = at
  const open: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of open.splice(0).toReversed()) await close()
    const statements = Object.keys(COLUMNS)
      .toReversed()
      .map((table) => `delete from ${table}`)
    await postgres.query(url, statements.join('; '))
  })

  async function openStore(part: Partial<PostgresStoreOptions> = {}): Promise<Store> {
    const store = await openPostgresStore({ url, dataDir, ...part })
    open.push(() => store.close())
    return store
  }

  let stores: [Store, Store]
  describeOneTime(
    'in Postgres',
    () => stores,
    async () => {
      const serves = 'together'
      stores = [await openStore({ serves }), await openStore({ serves })]
    },
  )

  describe('Postgres, when something is wrong', () => {
    test('a relay that stands still loses the lease to another, and has it no more when it goes on', async () => {
      const serves = 'together'
      const [still, other] = [await openStore({ serves }), await openStore({ serves })]
      expect(await still.holdsLease()).toBe(true)
      expect(await other.holdsLease()).toBe(false)
      const options = { timeout: 2 * LEASE_SILENCE_MS, interval: 1_000 }
      await expect.poll(() => other.holdsLease(), options).toBe(true)
      await expect.poll(() => still.holdsLease().catch(String)).toBe(false)
      await still.checkWritable()
    }, 120_000)

    test('a database of a newer version is refused, and left as it is', async () => {
      const newer = await postgres.newDatabase()
      const store = await openPostgresStore({ url: newer, dataDir })
      await store.close()
      await postgres.query(newer, `insert into kysely_migration values ('9999_future', '2099-01-01')`)
      const opening = openPostgresStore({ url: newer, dataDir })
      await expect(opening).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', message: /newer version/ })
    })

    test('[F31] while the database is read-only, STORAGE_UNAVAILABLE; then it goes on by itself', async () => {
      const store = await openStore()
      const readOnly = async (on: boolean): Promise<void> => {
        const beside = url.replace('farhand_1', 'postgres')
        await postgres.query(
          beside,
          `alter database farhand_1 set default_transaction_read_only = ${on ? 'on' : 'off'}`,
        )
        await postgres.query(
          beside,
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = 'farhand_1'`,
        )
      }
      await readOnly(true)
      await expect
        .poll(() => store.checkWritable().catch((error: unknown) => error))
        .toMatchObject({ code: 'STORAGE_UNAVAILABLE', message: 'The database is read-only.' })
      expect(await store.projects()).toEqual([])
      await store.close()
      const again = await openStore({ patienceMs: 10_000 })
      await readOnly(false)
      await expect.poll(() => again.checkWritable().then(() => 'fine', String)).toBe('fine')
    })

    test('[LOG3] [LOG8] after a crash of the database what was acknowledged is there, and it goes on by itself', async () => {
      const store = await openStore()
      await store.acceptHello(hello(), 1)
      const session = ids()
      await store.append([command(session)], 1)
      let acknowledged = 0
      const codes = new Set<unknown>()
      let stop = false
      const writing = (async () => {
        while (!stop) {
          await store.append([response(session, acknowledged + 1)], 1).then(
            () => (acknowledged += 1),
            (error: unknown) => codes.add(error instanceof Error && 'code' in error ? error.code : error),
          )
        }
      })()
      await expect.poll(() => acknowledged).toBeGreaterThan(5)
      await postgres.stop('immediate')
      await expect
        .poll(() => store.projects().catch((error: unknown) => error))
        .toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
      await postgres.start()
      const before = acknowledged
      await expect.poll(() => acknowledged, { timeout: 15_000 }).toBeGreaterThan(before + 5)
      stop = true
      await writing
      expect([...codes].filter((code) => code !== 'STORAGE_UNAVAILABLE' && code !== 'STORAGE_BUSY')).toEqual([])
      expect((await store.session(session.sessionId))?.head).toBe(acknowledged + 1)
    })

    test('[LOG3] a commit that a crash of the database took is not taken for that of another relay, which got its number', async () => {
      const target = new URL(url)
      const database = { host: target.hostname, port: Number(target.port) }
      const proxy = await openCuttingProxy(database)
      target.port = String(proxy.port)
      const cut = await openStore({ url: target.href, serves: 'together' })
      const other = await openStore({ serves: 'together' })
      await other.acceptHello(hello(), 1)
      const session = ids()
      await other.append([command(session)], 1)
      await postgres.query(url, 'checkpoint')

      proxy.cutAt('commit\0', 'before')
      const appended = cut.append([response(session, 1, { data: 'lost' })], 1)
      const answer = appended.catch((error: unknown) => error)
      await until(() => proxy.cuts() === 1)
      await Promise.all([postgres.stop('immediate'), proxy.close()]) // it can't ask before the other has written
      await postgres.start()
      for (let n = 1; n <= 10; n += 1) {
        const said = () => other.append([response(session, n)], 1).then(({ outcomes }) => outcomes[0]?.verdict, String)
        await expect.poll(said, { timeout: 15_000 }).toMatch(/accepted|same/)
      }
      const again = await openCuttingProxy(database, proxy.port)
      expect(await answer).toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
      await cut.close()
      await again.close()
    })

    test('[LOG9] a database that was put back to an older state becomes another log, once', async () => {
      const store = await openStore()
      await store.acceptHello(hello(), 1)
      await store.append([command(ids()), command(ids())], 1)
      await store.close()
      await postgres.query(url, `delete from inputs; delete from entries; delete from sessions`)
      const [older, later] = [await openStore(), openStore({ patienceMs: 10_000 })]
      expect(older.rolledBack).toBe(true)
      expect(older.logEpoch).not.toBe(store.logEpoch)
      await older.close()
      expect(await later).toMatchObject({ rolledBack: false, logEpoch: older.logEpoch })
    })

    test('nobody there, a wrong name, no such database: in words, without the password', async () => {
      const at = new URL(url)
      at.password = 'secret'
      const failing = async (change: Partial<Pick<URL, 'port' | 'hostname' | 'pathname'>>) => {
        const other = Object.assign(new URL(at.href), change)
        const error = await openPostgresStore({ url: other.href, dataDir }).catch((caught: unknown) => caught)
        expect(error).toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
        return error instanceof Error ? error.message : ''
      }
      const messages = [await failing({ port: '1' }), await failing({ pathname: '/nowhere' })]
      expect(messages).toEqual(['The database cannot be reached (ECONNREFUSED).', 'There is no such database.'])
    })
  })
}

function describeRelay(postgres: TestPostgres): void {
  describe('a relay on Postgres', () => {
    const [relay, other] = [relayProcess(), relayProcess()]
    afterAll(() => Promise.all([relay.close(), other.close()]))

    async function openAgent(connNo: number) {
      const socket = relay.agent({ agentId: AGENT_ID, connNo, protocol: PROTOCOL_VERSION })
      socket.on('agent_command', (_input, ack) => ack({ ok: true }))
      await heard(socket, 'connect')
      ok(await socket.emitWithAck('agent_hello', helloOf({ connNo })))
      return socket
    }

    async function openBrowser(at = relay) {
      const socket = at.browser()
      const { logEpoch } = await heard<{ logEpoch: string }>(socket, 'welcome')
      return { socket, logEpoch }
    }

    const say = (browser: Pick<TestBrowser, 'emitWithAck'>, sessionId?: string) =>
      browser.emitWithAck('execute_command', {
        projectId: PROJECT_ID,
        command: 'go',
        commandId: randomUUID(),
        sessionId,
      })

    test('goes on where the one on SQLite was, through kills of itself and of the database', async () => {
      const env = { DATABASE_URL: await postgres.newDatabase() }
      await relay.start()
      await openAgent(1)
      const before = await openBrowser()
      const { sessionId } = ok(await say(before.socket))
      await relay.ended('SIGTERM')
      expect(await relay.maintain(['migrate'], {})).toContain('Set DATABASE_URL')
      expect(await relay.maintain(['migrate'], env)).toContain('1 session, 1 entry')
      expect(await relay.maintain(['backup', 'copy.db'], env)).toContain('pg_dump')

      await relay.start([], env)
      await openAgent(2)
      const { socket: browser, logEpoch } = await openBrowser()
      expect(logEpoch).toBe(before.logEpoch)
      const answer = ok(await browser.emitWithAck('subscribe', { sessionId, after: 1, logEpoch }))
      expect(answer).toMatchObject({ head: 1, entries: [] })
      const entries = collect(browser)
      expect(ok(await say(browser, sessionId)).seq).toBe(2)
      await until(() => entries.length === 1, 'the entry did not come')

      await postgres.stop('immediate')
      expect(await say(browser, sessionId)).toMatchObject({ ok: false, error: { code: 'STORAGE_UNAVAILABLE' } })
      expect(await getJson(`${relay.url()}/readyz`)).toMatchObject({ status: 503 })
      await until(() => /the store could not be looked after/.test(relay.logs()), 'it was not told', 15_000)
      expect(relay.logs()).toMatch(/The database cannot be reached \(ECONN\w+\)/)
      await postgres.start()
      await expect.poll(() => say(browser, sessionId), { timeout: 15_000 }).toMatchObject({ ok: true, seq: 3 })
      await until(() => entries.length === 2, 'the entry did not come')

      await relay.ended('SIGKILL')
      await postgres.stop('fast')
      const starting = relay.start([], env)
      await until(() => relay.logs().includes('waiting for the database'), 'it did not wait', 15_000)
      await postgres.start()
      await starting
      const last = await openBrowser()
      expect(last.logEpoch).toBe(logEpoch)
      expect(ok(await last.socket.emitWithAck('read', { sessionId, after: 0, limit: 9 })).entries).toHaveLength(3)
      await relay.ended('SIGKILL')
    }, 120_000)

    test('[F90] Postgres falls silent and closes nothing: all are told within seconds, and it goes on by itself', async () => {
      const database = new URL(await postgres.newDatabase())
      const proxy = await openStallingProxy(`http://${database.host}`)
      database.port = new URL(proxy.url).port
      await relay.start([], { DATABASE_URL: database.href })
      await openAgent(1)
      const { socket: browser } = await openBrowser()
      const { sessionId } = ok(await say(browser))
      proxy.stall()
      const refused = { ok: false, error: { code: 'STORAGE_UNAVAILABLE' } }
      for (let times = 1; times <= 2; times += 1) {
        const answers = await Promise.all([
          say(browser.timeout(TOLD_MS), sessionId),
          browser.timeout(TOLD_MS).emitWithAck('subscribe', { sessionId, after: 0, logEpoch: '' }),
        ])
        expect(answers).toMatchObject([refused, refused])
      }
      expect(await getJson(`${relay.url()}/readyz`)).toMatchObject({ status: 503 })
      proxy.go()
      await expect.poll(() => say(browser, sessionId), { timeout: 15_000 }).toMatchObject({ ok: true, seq: 2 })
      expect(ok(await browser.emitWithAck('read', { sessionId, after: 0, limit: 9 })).entries).toHaveLength(2)
      proxy.stall()
      await relay.ended('SIGTERM') // it does not wait for a goodbye
      await proxy.close()
    }, 120_000)

    test('one that stands by goes on at once when the other is killed, and the other may stand by in turn', async () => {
      const env = { DATABASE_URL: await postgres.newDatabase() }
      await relay.start([], env)
      await openAgent(1)
      const first = await openBrowser()
      const { sessionId } = ok(await say(first.socket))
      const standing = other.start([], env, ['--standby'])
      await until(() => other.logs().includes('waiting for the database'), 'it did not wait', 15_000)
      await relay.ended('SIGKILL')
      await standing
      const second = await openBrowser(other)
      expect(second.logEpoch).toBe(first.logEpoch)
      expect(ok(await say(second.socket, sessionId))).toMatchObject({ seq: 2 })

      // The database forgets who held it, and the one that waits is faster.
      const back = relay.start([], env, ['--standby'])
      await until(() => relay.logs().includes('waiting for the database'), 'it did not wait', 15_000)
      other.child().kill('SIGSTOP')
      const holders = `select distinct pid from pg_locks where locktype = 'advisory' and granted`
      await postgres.query(env.DATABASE_URL, `select pg_terminate_backend(pid) from (${holders}) holders`)
      await back
      other.child().kill('SIGCONT')
      expect(await other.ended()).toMatchObject({ code: 1 })
      expect(other.logs()).toContain('another relay serves the database now')
      const third = await openBrowser()
      expect(ok(await say(third.socket, sessionId))).toMatchObject({ seq: 3 })
      expect(ok(await third.socket.emitWithAck('read', { sessionId, after: 0, limit: 9 })).entries).toHaveLength(3)
    }, 120_000)
  })
}
