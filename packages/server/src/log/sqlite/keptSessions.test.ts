import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { command, hello, ids, response } from '../contract/fixtures.ts'
import { openSqliteStore } from '../sqliteStore.ts'
import type { Store } from '../store.ts'
import { createKeptSessions } from './keptSessions.ts'

let dataDir = ''
let store: Store
const session = ids()

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'farhand-kept-'))
  store = await openSqliteStore({ dataDir })
  await store.acceptHello(hello(), 1)
  await store.append([command(session)], 1)
})

afterEach(async () => {
  await store.close()
  rmSync(dataDir, { recursive: true, force: true })
})

test('[LOG2] [LOG3] what a failed commit left in memory counts for nothing', async () => {
  await store.append([response(session, 1)], 1)
  const other = new DatabaseSync(join(dataDir, 'farhand.db'))
  other.exec(`create trigger refusing before insert on records when new.body = 'refused'
    begin select raise(abort, 'refused'); end`)
  await expect(store.append([response(session, 2), response(session, 3, { data: 'refused' })], 1)).rejects.toThrow()
  other.exec('drop trigger refusing')
  other.close()
  const { outcomes } = await store.append([response(session, 2), response(session, 3)], 1)
  expect(outcomes).toMatchObject([
    { verdict: 'accepted', entry: { seq: 3 } },
    { verdict: 'accepted', entry: { seq: 4 } },
  ])
})

test('what was changed between two batches is seen by the second', async () => {
  await store.append([response(session, 1)], 1)
  await store.updateSession(session.sessionId, { title: 'another' }, 2)
  const renamed = await store.append([response(session, 2)], 3)
  expect(renamed.sessions).toMatchObject([{ title: 'another', head: 3 }])
  await store.updateSession(session.sessionId, { deleted: true }, 4)
  const { outcomes } = await store.append([response(session, 3)], 5)
  expect(outcomes).toEqual([{ verdict: 'void' }])
})

test('a batch that ended late does not vouch for the one that was begun after it', () => {
  const kept = createKeptSessions()
  const first = kept.begin()
  first.kept.sessions.set('of the first', ROW)
  const second = kept.begin()
  expect([...second.kept.sessions.keys()]).toEqual([])
  second.kept.sessions.set('of the second', ROW)
  first.committed()
  expect([...kept.begin().kept.sessions.keys()]).toEqual([])
})

const ROW = {
  ...{ session_id: 's', project_id: 'p', agent_id: 'a', head: 0, last_n: 0, running: 0, attention: 0, title: null },
  ...{ last_status: null, last_code: null, archived: 0, pinned: 0, read_up_to: 0, marked_unread: 0 },
  ...{ deleted: 0, created_at: 1, updated_at: 1 },
}
