import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { PROJECT, command, ids, response, terminal, type Bench } from './fixtures.ts'

/** What gets into the log, how it is numbered, and that it stays. */
export function describeEntries(at: Bench): void {
  describe('the log', () => {
    test('[LOG1] seq starts at 1 and has no holes, also when appends interleave', async () => {
      const sessions = [ids(), ids(), ids()]
      await at.append(...sessions.map((session) => command(session)))
      const rounds = Array.from({ length: 30 }, (_, index) => index + 1)
      await Promise.all(
        rounds.flatMap((n) => sessions.map((session) => at.store.append([response(session, n)], at.now))),
      )
      for (const { sessionId } of sessions) {
        const { entries, head } = await at.page(sessionId)
        expect(entries.map((entry) => entry.seq)).toEqual(Array.from({ length: 31 }, (_, index) => index + 1))
        expect(entries.map((entry) => entry.prev)).toEqual(Array.from({ length: 31 }, (_, index) => index))
        expect(head).toBe(31)
      }
    })

    test('[LOG1] a refused item in a batch leaves no hole and does not touch the others', async () => {
      const session = ids()
      const outcomes = await at.append(
        command(session),
        response(session, 1),
        response(session, 3),
        command({ ...ids(), projectId: randomUUID() }),
        response(session, 2),
      )
      expect(outcomes.map((outcome) => outcome.verdict)).toEqual(['accepted', 'accepted', 'gap', 'refused', 'accepted'])
      expect((await at.page(session.sessionId)).entries.map((entry) => entry.seq)).toEqual([1, 2, 3])
    })

    test('[LOG2] the same command again gets the first answer, for ever', async () => {
      const session = ids()
      const [first] = await at.append(command(session))
      const [again] = await at.append(command(session))
      const [other] = await at.append(command({ ...session, bodyHash: 'other' }))
      expect(first).toMatchObject({ verdict: 'accepted', entry: { seq: 1, kind: 'command', status: 'streaming' } })
      expect(again).toEqual({ verdict: 'same', sessionId: session.sessionId, seq: 1 })
      expect(other).toMatchObject({ verdict: 'refused', error: { code: 'IDEMPOTENCY_CONFLICT' } })
      expect((await at.page(session.sessionId)).entries).toHaveLength(1)
    })

    test('[LOG2] the same n again stores nothing, other content is DIVERGED', async () => {
      const session = ids()
      await at.append(command(session), response(session, 1, { data: 'one' }))
      const outcomes = await at.append(response(session, 1, { data: 'one' }), response(session, 1, { data: 'two' }))
      expect(outcomes[0]).toEqual({ verdict: 'same', sessionId: session.sessionId, seq: 2 })
      expect(outcomes[1]).toMatchObject({ verdict: 'refused', error: { code: 'DIVERGED' } })
      expect((await at.page(session.sessionId)).head).toBe(2)
    })

    test('[LOG5] a command has one terminal entry; a second of the agent is DIVERGED', async () => {
      const session = ids()
      await at.append(command(session), terminal(session, 1))
      const [second] = await at.append(terminal(session, 2))
      expect(second).toMatchObject({ verdict: 'refused', error: { code: 'DIVERGED' } })
      expect((await at.page(session.sessionId)).entries.filter((entry) => entry.status !== 'streaming')).toHaveLength(1)
    })

    test('[LOG5] the late end of a command that the relay ended is told, but is no second end', async () => {
      const session = ids()
      await at.append(command(session), { type: 'expire', commandId: session.commandId })
      const [late] = await at.append(terminal(session, 1))
      expect(late).toMatchObject({ verdict: 'accepted', entry: { status: 'streaming', kind: 'run_finished' } })
      const ends = (await at.page(session.sessionId)).entries.filter((entry) => entry.status !== 'streaming')
      expect(ends).toMatchObject([{ code: 'EXPIRED', status: 'error' }])
    })

    test('[REQ1] what such a late run asked waits for nobody after its end', async () => {
      const session = ids()
      await at.append(command(session), { type: 'expire', commandId: session.commandId })
      await at.append(response(session, 1, { kind: 'request', key: 'r', digest: 'd' }))
      expect(await at.store.openRequests(PROJECT)).toHaveLength(1)
      await at.append(terminal(session, 2))
      expect(await at.store.openRequests(PROJECT)).toEqual([])
      expect(await at.store.session(session.sessionId)).toMatchObject({ attention: 0, running: 0 })
    })

    test('[LOG6] any kind, key and body comes back as it was, NUL and emoji and half pairs aside', async () => {
      const session = ids()
      const data = 'a\0b \u{1f600} "\\\n\u2028'
      await at.append(
        command(session),
        response(session, 1, { kind: 'hologram', key: 'k/1', data, digest: 'd'.repeat(64) }),
      )
      await at.append(response(session, 2, { data: 'half \ud83d' }))
      const { entries } = await at.page(session.sessionId)
      expect(entries[1]).toMatchObject({
        kind: 'hologram',
        key: 'k/1',
        response: data,
        digest: 'd'.repeat(64),
        at: 1,
      })
      expect(entries[2]?.response).toBe('half \ufffd')
      const halves = { data: 'half \ud83d', key: 'k\ud83d', code: 'C\ud83d' }
      const [live, again] = await at.append(response(session, 3, halves), response(session, 3, halves))
      expect(again?.verdict).toBe('same')
      expect([(await at.page(session.sessionId)).entries[3]]).toEqual([live?.verdict === 'accepted' && live.entry])
    })

    test('[LOG8] everything is there after reopening, and goes on where it was', async () => {
      const session = ids()
      await at.append(command(session), response(session, 1))
      const { logEpoch } = at.store
      await at.reopen()
      expect(at.store.logEpoch).toBe(logEpoch)
      const [again, next] = await at.append(response(session, 1), response(session, 2))
      expect(again?.verdict).toBe('same')
      expect(next).toMatchObject({ verdict: 'accepted', entry: { seq: 3 } })
    })

    test('[LOG7] previews that a record replaced are dropped; those without one stay, and so does the head', async () => {
      const session = ids()
      await at.append(
        command(session),
        response(session, 1, { key: 'a' }),
        response(session, 2, { key: 'a' }),
        response(session, 3, { key: 'a', final: true }),
        response(session, 4, { key: 'b' }),
        response(session, 5, { key: 'a' }),
      )
      const upTo = await at.store.position()
      while (await at.store.compact(upTo, 2));
      expect(await at.store.compact(upTo, 2)).toBe(false)
      const found = await at.page(session.sessionId, { after: 0 })
      expect(found.entries.map(({ seq, prev }) => [seq, prev])).toEqual([[1, 0], [4, 1], [5, 4], [6, 5]]) // prettier-ignore
      expect([found.from, found.to, found.head]).toEqual([0, 6, 6])
      const [again] = await at.append(response(session, 1, { key: 'a', data: 'no longer known' }))
      expect(again?.verdict).toBe('same')
    })
  })
}
