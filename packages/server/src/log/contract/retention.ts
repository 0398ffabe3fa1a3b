import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { ChosenSession, RetentionRound } from '../retention/store.ts'
import { PROJECT, command, ids, response, terminal, type Bench, type Ids } from './fixtures.ts'

/** Deleting by a rule: what is kept of rules, and how a session goes. */
export function describeRetention(at: Bench): void {
  const round = (): RetentionRound => ({
    roundId: randomUUID(),
    at: 50_000,
    projectId: PROJECT,
    rule: { maxAgeDays: 3 },
  })

  /** One that has ended, with previews that nothing replaced. */
  async function finished(count = 3): Promise<Ids> {
    const session = ids()
    const previews = Array.from({ length: count }, (_, index) => response(session, index + 1, { key: 'k', data: 'äb' }))
    await at.append(command(session), ...previews, terminal(session, count + 1))
    return session
  }

  async function chosen({ sessionId }: Ids): Promise<ChosenSession> {
    const session = await at.store.session(sessionId)
    if (session === undefined) throw new Error('no such session')
    return { sessionId, head: session.head, updatedAt: session.updatedAt, entries: 5, bytes: 100 }
  }

  describe('retention', () => {
    test('rules outlive a restart; one that was set anew is not noted on; there is none to begin with', async () => {
      expect(await at.store.retentionRules()).toEqual([])
      const set = { setBy: 'Me', logEpoch: 'log', checkedAt: 5, stopped: undefined }
      await at.store.setRetentionRule(PROJECT, { rule: { maxBytes: 9_000_000 }, setAt: 5, ...set })
      await at.store.setRetentionRule('default', { rule: {}, setAt: 6, ...set })
      await at.store.noteRetention({ scope: PROJECT, setAt: 5 }, { checkedAt: 8 })
      await at.store.noteRetention({ scope: PROJECT, setAt: 5 }, { stopped: 'clock' })
      await at.store.noteRetention({ scope: 'default', setAt: 1 }, { stopped: 'log' })
      await at.reopen()
      expect(await at.store.retentionRules()).toEqual([
        { scope: PROJECT, rule: { maxBytes: 9_000_000 }, setAt: 5, ...set, checkedAt: 8, stopped: 'clock' },
        { scope: 'default', rule: {}, setAt: 6, ...set },
      ])
      await at.store.setRetentionRule(PROJECT, { rule: { maxAgeDays: 2 }, setAt: 9, ...set })
      await at.store.setRetentionRule('default', undefined)
      expect(await at.store.retentionRules()).toMatchObject([{ scope: PROJECT, rule: { maxAgeDays: 2 }, checkedAt: 5 }])
    })

    test('what parts of logs hold is measured in bytes of what was said', async () => {
      const [one, two] = [ids(), await finished()]
      await at.append(command(one), response(one, 1, { data: 'ä'.repeat(100) }))
      const sizes = await at.store.measure([
        { sessionId: one.sessionId, after: 0, upTo: 2 },
        { sessionId: one.sessionId, after: 1, upTo: 2 },
        { sessionId: two.sessionId, after: 0, upTo: 9 },
        { sessionId: randomUUID(), after: 0, upTo: 9 },
      ])
      expect(sizes.map(({ entries }) => entries)).toEqual([2, 1, 5, 0])
      expect(sizes[1]).toEqual({ entries: 1, bytes: 200 })
      expect(sizes[0]?.bytes).toBe(200 + 'hello'.length)
      expect(sizes[2]?.bytes).toBeGreaterThanOrEqual(3 * 3 + 'hello{}'.length)
      expect(await at.store.measure([])).toEqual([])
    })

    test('a session is retired at once and erased in slices; the round says how much went', async () => {
      const [one, two] = [await finished(), await finished()]
      const inRound = round()
      const [first, second] = [await chosen(one), await chosen(two)]
      expect(await at.store.retire(first, inRound, 60_000)).toMatchObject({ session: { deleted: true }, unused: [] })
      await at.store.retire(second, inRound, 60_000)
      expect(await at.store.sessions(PROJECT)).toEqual([])
      expect(await at.store.page({ sessionId: one.sessionId, limit: 9, detail: 'full' })).toBeUndefined()
      expect(await at.append(command(one))).toMatchObject([{ verdict: 'same' }])
      await at.reopen()
      expect((await at.store.unerased(9)).toSorted()).toEqual([one.sessionId, two.sessionId].toSorted())
      while (await at.store.erase(one.sessionId, 1));
      expect(await at.store.unerased(9)).toEqual([two.sessionId])
      expect(await at.store.retentionRecords(PROJECT, 9)).toEqual([
        {
          at: 50_000,
          projectId: PROJECT,
          rule: { maxAgeDays: 3 },
          sessions: 2,
          entries: 10,
          bytes: 200,
          oldest: first.updatedAt,
          newest: second.updatedAt,
        },
      ])
      expect(await at.store.retentionRecords(randomUUID(), 9)).toEqual([])
      expect(await at.store.retentionRecords(undefined, 9)).toHaveLength(1)
    })

    test('nothing is retired that went on, is pinned, runs or waits, and nothing erased that is not deleted', async () => {
      const [busy, asked, pinned, moved] = [ids(), ids(), await finished(), await finished()]
      await at.append(command(busy), command(asked), response(asked, 1, { kind: 'request', key: 'r', digest: 'd' }))
      await at.store.updateSession(pinned.sessionId, { pinned: true }, 40_000)
      const before = await chosen(moved)
      await at.append(command({ ...moved, commandId: randomUUID() }))
      for (const one of [await chosen(busy), await chosen(asked), await chosen(pinned), before]) {
        expect(await at.store.retire(one, round(), 60_000)).toBeUndefined()
      }
      expect(await at.store.erase(pinned.sessionId, 100)).toBe(false)
      expect((await at.page(pinned.sessionId)).entries).toHaveLength(5)
      expect(await at.store.sessions(PROJECT)).toHaveLength(4)
      expect(await at.store.retentionRecords(undefined, 9)).toEqual([])
    })

    test('with a retired session go the attachments that no other one names', async () => {
      const [gone, other] = [ids(), ids()]
      const [mine, shared] = [randomUUID(), randomUUID()]
      await at.append(command({ ...gone, options: { attachments: [mine, shared] } }), terminal(gone, 1))
      await at.append(command({ ...other, options: { attachments: [shared] } }))
      expect(await at.store.retire(await chosen(gone), round(), 60_000)).toMatchObject({ unused: [mine] })
    })
  })
}
