import { expect, test } from 'vitest'
import { judgeTrace } from './judge.ts'

const WRITE = 'pwrite64(24</data/farhand.db-wal>, "..."..., 4096, 32) = 4096'
const SYNC = 'fdatasync(24</data/farhand.db-wal>) = 0'
const OTHER_WRITE = 'pwrite64(23</data/farhand.db>, "..."..., 4096, 32) = 4096'
const ACK = String.raw`write(27<TCP:[127.0.0.1:3000->127.0.0.1:50000]>, "\201~\0}430[{\"ok\":true,\"seq\":1}]", 129) = 129`
const CHATTER = String.raw`write(27<TCP:[127.0.0.1:3000->127.0.0.1:50000]>, "\201\0012", 3) = 3`
const QUESTION = { wal: 'farhand.db-wal', acknowledgement: /43\d+\[\{\\"ok\\":true/ }

test('[LOG8] an acknowledgement behind the sync of its log is in order', async () => {
  expect(await judgeTrace([WRITE, WRITE, SYNC, ACK], QUESTION)).toEqual({ sends: 1, writes: 2, syncs: 1, early: [] })
})

test('[LOG8] one before the sync, or between two writes and their sync, is found', async () => {
  expect((await judgeTrace([WRITE, ACK, SYNC], QUESTION)).early).toEqual([ACK])
  expect((await judgeTrace([WRITE, SYNC, WRITE, ACK, SYNC], QUESTION)).early).toEqual([ACK])
})

test('what is no acknowledgement may leave at any time, and other files do not count', async () => {
  expect((await judgeTrace([WRITE, CHATTER, SYNC, OTHER_WRITE, ACK], QUESTION)).early).toEqual([])
})

test('without a pattern everything to the peer counts, and nothing to others', async () => {
  const peer = { wal: 'farhand.db-wal', peerPort: 50000 }
  expect((await judgeTrace([WRITE, CHATTER], peer)).early).toEqual([CHATTER])
  expect((await judgeTrace([WRITE, CHATTER], { ...peer, peerPort: 5000 })).sends).toBe(0)
})
