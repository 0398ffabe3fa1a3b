import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BROWSER_PATH } from '@farhand/shared'
import { io } from 'socket.io-client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PROJECT, command, hello, ids, response, terminal, type Ids } from '../src/log/contract/fixtures.ts'
import { openSqliteStore } from '../src/log/sqliteStore.ts'
import type { Store } from '../src/log/store.ts'
import { AGENT_TOKEN, OWNER_TOKEN, heard, ok, until, type TestBrowser } from './harness.ts'

const PROGRAM = fileURLToPath(new URL('sweepingRelay.ts', import.meta.url))
/** More than one slice of erasing and of dropping. */
const NOTICES = 4_500
const PREVIEWS = 3_000
const PATIENCE_MS = 30_000
const TEST_MS = 90_000
const KILLED = { code: null, signal: 'SIGKILL' }

let dataDir = ''
const open: (() => void)[] = []
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'farhand-sweeping-'))
})
afterEach(() => {
  for (const close of open.splice(0).toReversed()) close()
  rmSync(dataDir, { recursive: true, force: true })
})

/** Answers what `work` does with the store of a relay that does not run. */
async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openSqliteStore({ dataDir })
  return await work(store).finally(() => store.close())
}

/** @param failpoint with a word before the kill, as the process takes it */
function startRelay(env: { FAILPOINT?: string } = {}): { child: ChildProcess; url(): string } {
  const child = spawn(process.execPath, [PROGRAM], {
    env: {
      ...{ PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] },
      ...{ DATA_DIR: dataDir, OWNER_TOKEN, AGENT_TOKEN, LOG_LEVEL: 'silent' },
      ...(env.FAILPOINT === undefined ? {} : { FARHAND_FAILPOINT: env.FAILPOINT }),
    },
  })
  open.push(() => child.kill('SIGKILL'))
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  return { child, url: () => /ready at (\S+)/.exec(said)?.[1] ?? '' }
}

async function killedAt(env: { FAILPOINT: string }): Promise<void> {
  const [code, signal] = (await once(startRelay(env).child, 'exit')) as [number | null, string | null]
  expect({ code, signal }).toEqual(KILLED)
}

async function browserAt(url: string): Promise<TestBrowser> {
  const auth = { token: OWNER_TOKEN }
  const socket: TestBrowser = io(url, { path: BROWSER_PATH, auth, reconnection: false, transports: ['websocket'] })
  open.push(() => socket.disconnect())
  await heard(socket, 'welcome')
  return socket
}

async function finish(store: Store, said: Ids, kinds: readonly Parameters<typeof response>[2][]): Promise<void> {
  const spoken = kinds.map((kind, index) => response(said, index + 1, kind))
  await store.append([command(said), ...spoken, terminal(said, kinds.length + 1)], 1)
}

const endStop = async (child: ChildProcess): Promise<void> => {
  child.kill('SIGTERM')
  await once(child, 'exit')
}

test.each([
  { FAILPOINT: 'relay.retire.afterCommit:kill@1', left: NOTICES + 2 },
  { FAILPOINT: 'relay.erase.afterSlice:kill@1', left: NOTICES + 2 - 2_000 },
])(
  '[F91] killed at $FAILPOINT: a session that goes is gone at once for everybody, and its rest after the start',
  async ({ FAILPOINT, left }) => {
    const [old, kept] = [ids(), ids()]
    await withStore(async (store) => {
      await store.acceptHello(hello(), 1)
      await finish(store, old, Array(NOTICES).fill({ kind: 'notice' }))
      await store.append([command(kept)], Date.now())
      const rule = { rule: { maxAgeDays: 1 }, setAt: Date.now(), setBy: 'me', logEpoch: store.logEpoch }
      await store.setRetentionRule(PROJECT, { ...rule, checkedAt: Date.now(), stopped: undefined })
    })
    await killedAt({ FAILPOINT })
    await withStore(async (store) => {
      expect((await store.sessions(PROJECT)).map(({ sessionId }) => sessionId)).toEqual([kept.sessionId])
      expect(await store.page({ sessionId: old.sessionId, limit: 9, detail: 'full' })).toBeUndefined()
      expect(await store.unerased(9)).toEqual([old.sessionId])
      const [size] = await store.measure([{ sessionId: old.sessionId, after: 0, upTo: NOTICES + 2 }])
      expect(size?.entries).toBe(left)
      expect(await store.retentionRecords(PROJECT, 9)).toMatchObject([{ sessions: 1, entries: NOTICES + 2 }])
    })
    const relay = startRelay()
    await until(() => relay.url() !== '', 'it did not start', PATIENCE_MS)
    const browser = await browserAt(relay.url())
    for (const after of [0, 2_500, NOTICES + 2]) {
      const answer = await browser.emitWithAck('subscribe', { sessionId: old.sessionId, after })
      expect(answer).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
    }
    expect(ok(await browser.emitWithAck('subscribe', { sessionId: kept.sessionId, after: 0 })).head).toBe(1)
    await endStop(relay.child)
    const beside = await openSqliteStore({ dataDir, exclusive: false })
    open.push(() => void beside.close())
    const again = startRelay()
    await expect.poll(() => beside.unerased(9), { timeout: PATIENCE_MS }).toEqual([])
    expect(await beside.retentionRecords(PROJECT, 9)).toMatchObject([{ sessions: 1, entries: NOTICES + 2 }])
    await endStop(again.child)
  },
  TEST_MS,
)

test.each([{ FAILPOINT: 'relay.compact.betweenTables:kill@1' }, { FAILPOINT: 'relay.compact.afterSlice:kill@1' }])(
  '[F91] killed at $FAILPOINT while previews are dropped: whoever reads finds each number accounted for',
  async ({ FAILPOINT }) => {
    const said = ids()
    // With something unusual about them they are rows of their own, in the other table.
    const previews = Array.from({ length: PREVIEWS }, (_, index) =>
      index % 2 === 0 ? { key: 'a' } : { key: 'a', final: false },
    )
    const head = PREVIEWS + 3
    await withStore(async (store) => {
      await store.acceptHello(hello(), 1)
      await finish(store, said, [...previews, { key: 'a', final: true }])
    })
    const records = async (browser: TestBrowser, from: number) => {
      const seqs: number[] = []
      for (let after = from; after < head;) {
        const page = ok(await browser.emitWithAck('read', { sessionId: said.sessionId, after, limit: 500 }))
        expect([page.from, page.to]).toEqual([after, expect.any(Number)])
        seqs.push(...page.entries.filter(({ kind, final }) => kind !== 'text' || final === true).map(({ seq }) => seq))
        after = page.to
      }
      return seqs
    }
    await killedAt({ FAILPOINT })
    const relay = startRelay()
    await until(() => relay.url() !== '', 'it did not start', PATIENCE_MS)
    const browser = await browserAt(relay.url())
    const answer = ok(await browser.emitWithAck('subscribe', { sessionId: said.sessionId, after: 1_234 }))
    expect(answer).toMatchObject({ head, from: 1_234 })
    expect(answer.reset).toBeUndefined()
    expect(await records(browser, 0)).toEqual([1, head - 1, head])
    const { sessionId } = said
    const isDropped = async () =>
      ok(await browser.emitWithAck('read', { sessionId, after: 0, limit: 500 })).entries.length
    await expect.poll(isDropped, { timeout: PATIENCE_MS }).toBe(3)
    expect(await records(browser, 1_234)).toEqual([head - 1, head])
    await endStop(relay.child)
  },
  TEST_MS,
)
