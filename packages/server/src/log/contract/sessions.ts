import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { SessionChange } from '../store.ts'
import { AGENT, PROJECT, command, hello, ids, response, terminal, type Bench } from './fixtures.ts'

/** What people see of a session besides its log. */
export function describeSessions(at: Bench): void {
  describe('sessions', () => {
    test('changes outlive a restart; reading goes only forwards; the latest comes first', async () => {
      const [one, two] = [ids(), ids()]
      await at.append(command(one))
      await at.append(command(two), response(two, 1))
      await at.store.updateSession(one.sessionId, { title: 'T', readUpTo: 1, archived: true }, 99_000)
      await at.store.updateSession(one.sessionId, { readUpTo: 0 }, 99_001)
      await at.reopen()
      const sessions = await at.store.sessions(PROJECT)
      expect(sessions.map((session) => session.sessionId)).toEqual([one.sessionId, two.sessionId])
      expect(sessions[0]).toMatchObject({
        title: 'T',
        readUpTo: 1,
        archived: true,
        pinned: false,
        head: 1,
        running: 1,
      })
    })

    test('what somebody marked as unread stays so until it is read, and moves nothing in the list', async () => {
      const one = ids()
      await at.append(command(one))
      const change = async (what: SessionChange) => (await at.store.updateSession(one.sessionId, what, 99_000))?.session
      expect(await change({ readUpTo: 1 })).not.toHaveProperty('markedUnread')
      expect(await change({ markedUnread: true })).toMatchObject({ markedUnread: true, readUpTo: 1 })
      await at.reopen()
      const sessions = await at.store.sessions(PROJECT)
      expect(sessions.find(({ sessionId }) => sessionId === one.sessionId)).toMatchObject({ markedUnread: true })
      expect(sessions.every(({ updatedAt }) => updatedAt < 99_000)).toBe(true)
      expect(await change({ title: 'T' })).toMatchObject({ markedUnread: true })
      await at.append(response(one, 1))
      expect(await at.store.session(one.sessionId)).toMatchObject({ markedUnread: true, head: 2 })
      expect(await change({ readUpTo: 1 })).not.toHaveProperty('markedUnread')
      await change({ markedUnread: true })
      expect(await change({ markedUnread: false })).not.toHaveProperty('markedUnread')
    })

    test('heads of those that are there', async () => {
      const [one, two, gone] = [ids(), ids(), ids()]
      await at.append(command(one), command(two), response(two, 1), command(gone))
      await at.store.updateSession(gone.sessionId, { deleted: true }, 9)
      const asked = [one, two, gone, ids()].map(({ sessionId }) => sessionId)
      expect(await at.store.heads(asked)).toEqual(
        new Map([
          [one.sessionId, 1],
          [two.sessionId, 2],
        ]),
      )
      expect(await at.store.heads([])).toEqual(new Map())
    })

    test('[LOG7] what comes after a large session was deleted is compacted as well', async () => {
      const [small, large, next] = [ids(), ids(), ids()]
      const talk = (said: typeof small, count: number) => [
        command(said),
        ...Array.from({ length: count }, (_, index) => response(said, index + 1, { key: 'm' })),
        response(said, count + 1, { key: 'm', final: true }),
      ]
      const compactAll = async () => {
        const position = await at.store.position()
        while (await at.store.compact(position, 10));
        return position
      }
      await at.append(...talk(small, 3), ...talk(large, 30))
      const before = await compactAll()
      await at.store.updateSession(large.sessionId, { deleted: true }, at.now)
      expect(await at.store.compact(before, 10)).toBe(false)
      await at.append(...talk(next, 5))
      await compactAll()
      expect((await at.page(next.sessionId)).entries.map((entry) => entry.seq)).toEqual([1, 7])
    })

    test('with a deleted session go the attachments that no other session names', async () => {
      const [gone, other] = [ids(), ids()]
      const [mine, shared] = [randomUUID(), randomUUID()]
      await at.append(
        command({ ...gone, options: { attachments: [mine, shared] } }),
        command({ ...gone, commandId: randomUUID(), options: { attachments: [mine] } }),
        command({ ...other, options: { attachments: [shared] } }),
      )
      const { sessionId } = gone
      expect(await at.store.updateSession(sessionId, { pinned: true }, at.now)).toMatchObject({ unused: [] })
      expect(await at.store.updateSession(sessionId, { deleted: true }, at.now)).toMatchObject({ unused: [mine] })
      expect(await at.store.updateSession(other.sessionId, { deleted: true }, at.now)).toMatchObject({
        unused: [shared],
      })
    })

    test('a deleted session is gone with its contents, and its agent can still finish', async () => {
      const session = ids()
      await at.append(command(session), response(session, 1))
      const deleted = await at.store.updateSession(session.sessionId, { deleted: true }, at.now)
      expect(deleted).toMatchObject({ session: { deleted: true } })
      expect(await at.store.session(session.sessionId)).toBeUndefined()
      expect(await at.store.page({ sessionId: session.sessionId, limit: 9, detail: 'full' })).toBeUndefined()
      expect(await at.store.sessions(PROJECT)).toEqual([])
      expect(await at.store.waitingInputs(AGENT, 9)).toEqual([])
      const outcomes = await at.append(
        terminal(session, 2),
        command(session),
        command({ ...session, commandId: randomUUID() }),
      )
      expect(outcomes.map((outcome) => outcome.verdict)).toEqual(['void', 'same', 'refused'])
      const back = await at.store.acceptHello(hello({ connNo: 2 }), at.now)
      expect(back).toMatchObject({ sessions: [{ sessionId: session.sessionId, lastN: 2 }] })
    })
  })
}
