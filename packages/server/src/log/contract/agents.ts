import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { AGENT, PROJECT, command, hello, ids, response, type Bench } from './fixtures.ts'

/** Who may write, and from where. */
export function describeAgents(at: Bench): void {
  describe('agents', () => {
    test('[AG1] an older or repeated connection number is refused, also after reopening', async () => {
      expect(await at.store.acceptHello(hello({ connNo: 5 }), at.now)).toMatchObject({ verdict: 'accepted', epoch: 2 })
      await at.reopen()
      for (const connNo of [4, 5]) {
        expect(await at.store.acceptHello(hello({ connNo }), at.now)).toMatchObject({ error: { code: 'FENCED' } })
      }
      expect(await at.store.acceptHello(hello({ connNo: 6 }), at.now)).toMatchObject({ verdict: 'accepted', epoch: 3 })
    })

    test('[AG3] a project belongs to one agent, and a refused hello changes nothing', async () => {
      const other = randomUUID()
      const refused = await at.store.acceptHello(hello({ agentId: other, connNo: 7, name: 'thief' }), at.now)
      expect(refused).toMatchObject({ verdict: 'refused', error: { code: 'AGENT_CONFLICT' } })
      expect(await at.store.agent(other)).toBeUndefined()
      expect(await at.store.project(PROJECT)).toMatchObject({ agentId: AGENT, agentName: 'laptop' })
      const session = ids()
      await at.append(command(session))
      const [foreign] = await at.append({ ...response(session, 1), agentId: other })
      expect(foreign).toMatchObject({ verdict: 'refused', error: { code: 'NOT_FOUND' } })
    })

    test('a hello is answered with how far each session got', async () => {
      const session = ids()
      const unknown = randomUUID()
      await at.append(command(session), response(session, 1), response(session, 2))
      const answer = await at.store.acceptHello(
        hello({ connNo: 2, sessions: [{ sessionId: unknown, lastN: 3 }] }),
        at.now,
      )
      expect(answer).toMatchObject({
        sessions: [
          { sessionId: session.sessionId, lastN: 2 },
          { sessionId: unknown, lastN: 0 },
        ],
      })
    })
  })

  test('credentials are found by hash, and end', async () => {
    await at.store.createToken({ tokenId: 't', role: 'agent', name: 'box', hash: 'h' }, at.now)
    expect(await at.store.tokenByHash('h')).toEqual({ tokenId: 't', role: 'agent', name: 'box' })
    expect([await at.store.tokenExists('t'), await at.store.tokenExists('u')]).toEqual([true, false])
    await at.store.createWebSession({ hash: 's', tokenId: undefined, name: 'Owner', expiresAt: 5_000 }, at.now)
    expect(await at.store.webSession('s', 4_999)).toMatchObject({ name: 'Owner', tokenId: undefined })
    expect(await at.store.webSession('s', 5_000)).toBeUndefined()
    await at.store.deleteWebSession('s')
    expect(await at.store.webSession('s', 1)).toBeUndefined()
  })

  test('browser logins are listed with their devices, the one seen last first', async () => {
    const opened = { tokenId: undefined, name: 'Owner', expiresAt: 5_000 }
    await at.store.createWebSession({ ...opened, hash: 'old', device: 'Chrome on Linux' }, 1_000)
    await at.store.createWebSession({ ...opened, hash: 'new', tokenId: 't' }, 2_000)
    await at.store.createWebSession({ ...opened, hash: 'over', expiresAt: 2_500 }, 2_000)
    const seen = async () => (await at.store.webSessions(2_500)).map(({ hash, seenAt }) => [hash, seenAt])
    expect(await at.store.webSessions(2_500)).toEqual([
      { ...opened, hash: 'new', tokenId: 't', device: undefined, createdAt: 2_000, seenAt: 2_000 },
      { ...opened, hash: 'old', device: 'Chrome on Linux', createdAt: 1_000, seenAt: 1_000 },
    ])
    await at.store.touchWebSession('old', 2_100)
    await at.store.touchWebSession('gone', 2_100)
    await at.reopen()
    expect(await seen()).toEqual([
      ['old', 2_100],
      ['new', 2_000],
    ])
    expect(await at.store.deleteWebSessions()).toBe(3)
    expect(await seen()).toEqual([])
  })
}
