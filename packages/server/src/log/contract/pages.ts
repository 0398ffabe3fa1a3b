import { randomUUID } from 'node:crypto'
import { MAX_PAGE_BYTES, type Entry } from '@farhand/shared'
import { describe, expect, test } from 'vitest'
import { command, ids, response, type Bench } from './fixtures.ts'

/** How the log is read. */
export function describePages(at: Bench): void {
  describe('pages', () => {
    test('[SUB2] pages account for every seq, forwards and backwards', async () => {
      const session = ids()
      await at.append(command(session), ...Array.from({ length: 24 }, (_, index) => response(session, index + 1)))
      const forward: Entry[] = []
      for (let after = 0; ;) {
        const found = await at.page(session.sessionId, { after, limit: 7 })
        expect(found.from).toBe(after)
        forward.push(...found.entries)
        after = found.to
        if (after === found.head) break
      }
      const backward: Entry[] = []
      for (let before = 26; before > 1;) {
        const found = await at.page(session.sessionId, { before, limit: 7 })
        expect(found.to).toBe(before - 1)
        backward.unshift(...found.entries)
        before = found.from + 1
      }
      expect(forward.map((entry) => entry.seq)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1))
      expect(backward.map((entry) => entry.seq)).toEqual(forward.map((entry) => entry.seq))
    })

    test('pages are bounded in bytes, and give at least one entry', async () => {
      const session = ids()
      const big = 'x'.repeat(MAX_PAGE_BYTES / 4 + 1)
      await at.append(command(session), ...[1, 2, 3, 4, 5].map((n) => response(session, n, { data: big })))
      const first = await at.page(session.sessionId, { after: 0 })
      expect([first.from, first.to, first.entries.length]).toEqual([0, 4, 4])
      const newest = await at.page(session.sessionId)
      expect([newest.from, newest.to, newest.entries.length]).toEqual([3, 6, 3])
    })

    test('a page beyond the head, of an empty range, or of an unknown session', async () => {
      const session = ids()
      await at.append(command(session))
      expect(await at.page(session.sessionId, { after: 9 })).toMatchObject({ entries: [], to: 1, head: 1 })
      expect(await at.page(session.sessionId, { before: 1 })).toMatchObject({ entries: [], from: 0, to: 0 })
      expect(await at.store.page({ sessionId: randomUUID(), limit: 1, detail: 'full' })).toBeUndefined()
    })
  })
}
