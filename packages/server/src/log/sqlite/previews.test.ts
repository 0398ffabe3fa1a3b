import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { CommandResponse, Entry } from '@farhand/shared'
import { seededRandom, type Random } from '@farhand/shared/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { command, hello, ids, response, type Ids } from '../contract/fixtures.ts'
import { openSqliteStore } from '../sqliteStore.ts'
import type { Store } from '../store.ts'
import { MAX_PREVIEWS_PER_ROW } from './previews.ts'

let dataDir = ''
let store: Store
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'farhand-previews-'))
  store = await openSqliteStore({ dataDir })
  await store.acceptHello(hello(), 1)
})
afterEach(async () => {
  await store.close()
  rmSync(dataDir, { recursive: true, force: true })
})

/** Streams as Claude Code makes them: long runs of one key, now and then something else in between. */
function randomStream(random: Random, session: Ids, count: number): ReturnType<typeof response>[] {
  let part: Partial<CommandResponse> = {}
  return Array.from({ length: count }, (_, index) => {
    if (random.chance(0.05)) part = { kind: random.pick(['text', 'thinking']), key: `m:${random.int(3)}` }
    const odd: Partial<CommandResponse>[] = [{ kind: 'notice' }, { final: false }, { digest: 'd'.repeat(64) }]
    const said = random.chance(0.03) ? { ...part, ...random.pick(odd) } : part
    return response(session, index + 1, { ...said, data: `${index} "\0é`, at: random.int(1_000) })
  })
}

async function appendInParts(random: Random, session: Ids, said: ReturnType<typeof response>[]): Promise<Entry[]> {
  const first = await store.append([command(session)], 1)
  const results = [first]
  for (let from = 0, size = 0; from < said.length; from += size) {
    size = 1 + random.int(2 * MAX_PREVIEWS_PER_ROW)
    results.push(await store.append(said.slice(from, from + size), 2))
  }
  const outcomes = results.flatMap((result) => result.outcomes)
  return outcomes.flatMap((outcome) => (outcome.verdict === 'accepted' ? [outcome.entry] : []))
}

test('[SUB2] pages give back what was published, wherever they begin and end', async () => {
  const random = seededRandom(7)
  const session = ids()
  const live = await appendInParts(random, session, randomStream(random, session, 600))
  expect(live).toHaveLength(601)
  for (let round = 0; round < 60; round += 1) {
    const [cut, limit] = [random.int(604), 1 + random.int(200)]
    const where = random.chance(0.5) ? { after: cut } : { before: cut + 1 }
    const page = await store.page({ sessionId: session.sessionId, limit, detail: 'full', ...where })
    const wanted =
      where.after === undefined
        ? live.filter(({ seq }) => seq <= cut).slice(-limit)
        : live.filter(({ seq }) => seq > cut).slice(0, limit)
    expect(page?.entries).toEqual(wanted)
  }
  const db = new DatabaseSync(join(dataDir, 'farhand.db'), { readOnly: true })
  const rows = db.prepare('select seq, n, kind, key, body as response, at from entries order by seq').all()
  expect(db.prepare('select count(*) as rows from previews').get()?.['rows']).toBeLessThan(120)
  db.close()
  expect(rows.map((row) => ({ ...row }))).toEqual(
    live.map(({ seq, kind, key = null, response: body, at }) => {
      return { seq, n: seq === 1 ? null : seq - 1, kind, key, response: body, at }
    }),
  )
})

test('[LOG2] inside a row too, the same again stores nothing and anything else is DIVERGED', async () => {
  const session = ids()
  const said = Array.from({ length: 90 }, (_, index) => response(session, index + 1, { key: 'm:0', data: `${index}` }))
  await store.append([command(session), ...said.slice(0, 80)], 1)
  const other = response(session, 41, { key: 'm:0', data: 'other' })
  const { outcomes } = await store.append([...said.slice(30), other, ...said.slice(85)], 2)
  const verdicts = [...Array(50).fill('same'), ...Array(10).fill('accepted'), 'refused', ...Array(5).fill('same')]
  expect(outcomes.map(({ verdict }) => verdict)).toEqual(verdicts)
  expect(outcomes[0]).toEqual({ verdict: 'same', sessionId: session.sessionId, seq: 32 })
  expect(outcomes[60]).toMatchObject({ error: { code: 'DIVERGED' } })
})

test('[LOG7] a record drops the previews of its key, in every row, and no others', async () => {
  const session = ids()
  const previews = (from: number, count: number, key: string) =>
    Array.from({ length: count }, (_, index) => response(session, from + index, { key }))
  await store.append([command(session), ...previews(1, 70, 'a'), ...previews(71, 10, 'b')], 1)
  await store.append([response(session, 81, { key: 'a', final: true }), ...previews(82, 5, 'a')], 1)
  while (await store.compact(await store.position(), 1));
  const page = await store.page({ sessionId: session.sessionId, after: 0, limit: 500, detail: 'full' })
  const kept = page?.entries.map(({ seq }) => seq)
  expect(kept).toEqual([1, ...Array.from({ length: 16 }, (_, index) => 72 + index)])
})

test('[CMD2] a command of which only previews came has begun', async () => {
  const [one, other] = [ids(), ids()]
  await store.append([command(one), command(other), response(one, 1, { key: 'm:0' })], 1)
  const expire = [one, other].map(({ commandId }) => ({ type: 'expire' as const, commandId }))
  const { outcomes } = await store.append(expire, 2)
  expect(outcomes.map(({ verdict }) => verdict)).toEqual(['void', 'accepted'])
})

/** Puts the tables back as they were, with previews as entries of their own. */
const OLDER = `
  alter table sessions drop column marked_unread;
  drop table push_subscriptions;
  drop table push_news;
  drop table retention_rules;
  drop table retention_records;
  drop view entries;
  alter table records rename to entries;
  drop table previews;
  drop index sessions_of_project;
  create index sessions_of_project on sessions (project_id, updated_at);
  delete from kysely_migration where name >= '0004';
  update sessions set head = 5, last_n = 4`
const INSERT = `insert into entries (session_id, seq, n, command_id, kind, key, final, body, status, at)
  values (?, ?, ?, ?, 'text', ?, ?, ?, 'streaming', 1)`

test('[LOG7] [LOG8] what an older version stored is there, and its previews are dropped as well', async () => {
  const said = ids()
  await store.append([command(said)], 1)
  await store.close()
  const db = new DatabaseSync(join(dataDir, 'farhand.db'))
  db.exec(OLDER)
  const texts: [string, number | null][] = [['a', null], ['b', null], ['a', 1], ['a', null]] // prettier-ignore
  for (const [index, [key, final]] of texts.entries()) {
    db.prepare(INSERT).run(said.sessionId, index + 2, index + 1, said.commandId, key, final, `old ${index}`)
  }
  db.close()
  store = await openSqliteStore({ dataDir })
  const again = response(said, 4, { key: 'a', data: 'old 3', at: 1 })
  const { outcomes } = await store.append([again, response(said, 5, { key: 'a', data: 'new' })], 2)
  expect(outcomes.map(({ verdict }) => verdict)).toEqual(['same', 'accepted'])
  const read = async () => await store.page({ sessionId: said.sessionId, after: 0, limit: 500, detail: 'full' })
  expect((await read())?.entries.map((entry) => entry.response).slice(1)).toEqual(['old 0', 'old 1', 'old 2', 'old 3', 'new']) // prettier-ignore
  while (await store.compact(await store.position(), 1));
  expect((await read())?.entries.map(({ seq }) => seq)).toEqual([1, 3, 4, 5, 6])
})
