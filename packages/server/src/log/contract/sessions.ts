import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
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

    test('a deleted session is gone with its contents, and its agent can still finish', async () => {
      const session = ids()
      await at.append(command(session), response(session, 1))
      const deleted = await at.store.updateSession(session.sessionId, { deleted: true }, at.now)
      expect(deleted).toMatchObject({ deleted: true })
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
