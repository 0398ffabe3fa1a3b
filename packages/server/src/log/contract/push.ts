import { randomUUID } from 'node:crypto'
import type { NoteKind } from '@farhand/shared'
import { describe, expect, test } from 'vitest'
import type { PushNews, SavedPush } from '../push/store.ts'
import { command, decision, ids, response, terminal, type Bench, type Ids } from './fixtures.ts'

const MOST = 100
const KEYS = { p256dh: 'p', auth: 'a' }

/** Telling people when no page is open: for whom, and of what nobody was told. */
export function describePush(at: Bench): void {
  async function login(tokenId?: string): Promise<string> {
    const hash = randomUUID()
    const session = { hash, tokenId, name: 'Me', expiresAt: 1_000_000 }
    await at.store.createWebSession(session, at.now)
    return hash
  }
  const push = (login: string, part: Partial<SavedPush> = {}): SavedPush => ({
    ...{ login, endpoint: `https://push.example/${login}`, keys: KEYS, kinds: ['need'] },
    ...part,
  })
  const endpoints = async () => (await at.store.pushes()).map(({ endpoint }) => endpoint)
  const ended = (kind: NoteKind): PushNews => ({ sessionId: randomUUID(), key: randomUUID(), kind, seq: 9, at: 2_000 })

  /** A session that asks something, as `REQUEST`. */
  async function asking(key = 'r1'): Promise<Ids> {
    const session = ids()
    await at.append(command(session), response(session, 1, { kind: 'request', key, digest: 'd' }))
    return session
  }
  const waiting = async (since = 0) => (await at.store.pushNews(since, at.now + 1)).map(({ key }) => key)

  describe('push', () => {
    test('a login has one subscription, which outlives a restart; saving it again keeps since when', async () => {
      const me = await login()
      expect(await at.store.savePush(push(me), 10, MOST)).toBe(true)
      await at.store.notePush(push(me).endpoint, 'unreachable')
      await at.store.savePush(push(me, { kinds: ['need', 'failed'] }), 20, MOST)
      await at.reopen()
      const saved = { ...push(me), kinds: ['need', 'failed'], createdAt: 10, problem: 'unreachable' }
      expect(await at.store.pushes()).toEqual([saved])
      expect(await at.store.pushOf(me)).toEqual(saved)
      await at.store.savePush(push(me, { endpoint: 'https://push.example/other' }), 30, MOST)
      expect(await at.store.pushOf(me)).toMatchObject({ endpoint: 'https://push.example/other', problem: undefined })
      expect(await at.store.pushOf('nobody')).toBeUndefined()
      await at.store.deletePush('https://push.example/other')
      expect(await endpoints()).toEqual([])
    })

    test('an address belongs to the login that named it last; beyond so many the ones saved longest ago go', async () => {
      const [one, two, three] = [await login(), await login(), await login()]
      await at.store.savePush(push(one), 10, MOST)
      await at.store.savePush(push(two, { endpoint: push(one).endpoint }), 20, MOST)
      expect((await at.store.pushes()).map((known) => known.login)).toEqual([two])
      await at.store.savePush(push(one, { endpoint: 'https://push.example/one' }), 30, MOST)
      await at.store.savePush(push(three), 40, 2)
      expect((await at.store.pushes()).map((known) => known.login)).toEqual([one, three])
    })

    test('it goes with its login: signed out, its token removed, everybody signed out, expired', async () => {
      expect(await at.store.savePush(push('nobody'), 10, MOST)).toBe(false)
      const tokenId = randomUUID()
      await at.store.createToken({ tokenId, role: 'owner', name: 'Me', hash: randomUUID() }, 1)
      const [out, token, stays] = [await login(), await login(tokenId), await login()]
      for (const one of [out, token, stays]) await at.store.savePush(push(one), 10, MOST)
      await at.store.deleteWebSession(out)
      await at.store.deleteToken(tokenId)
      expect(await endpoints()).toEqual([push(stays).endpoint])
      at.now = 2_000_000
      const later = await login() // whoever signs in takes away what expired
      expect(await endpoints()).toEqual([])
      await at.store.createWebSession({ hash: 'h', tokenId: undefined, name: 'Me', expiresAt: 3_000_000 }, at.now)
      await at.store.savePush(push('h'), 10, MOST)
      await at.store.deleteWebSessions()
      expect(await endpoints()).toEqual([])
      expect(later).toBeDefined()
    })

    test('a request is news until one claims it, also after a restart, and over when it was decided', async () => {
      const session = await asking()
      const [news] = await at.store.pushNews(0, at.now)
      if (news === undefined) throw new Error('no news')
      expect(news).toEqual({ sessionId: session.sessionId, key: 'r1', kind: 'need', seq: 2, at: at.now })
      expect(await at.store.pushNews(0, at.now - 1)).toEqual([])
      expect(await at.store.pushNews(at.now, at.now)).toEqual([])
      const claims = await Promise.all([at.store.claimPushNews(news), at.store.claimPushNews(news)])
      expect(claims.toSorted()).toEqual([false, true])
      await at.reopen()
      expect(await waiting()).toEqual([])
      expect(await at.store.pushedOver()).toEqual([])
      await at.append(decision(session, 'r1', 'd'))
      expect(await at.store.pushedOver()).toEqual([news])
      const overs = await Promise.all([at.store.claimPushedOver(news), at.store.claimPushedOver(news)])
      expect(overs.toSorted()).toEqual([false, true])
      expect(await at.store.pushedOver()).toEqual([])
    })

    test('a request that is asked once more is news once more', async () => {
      const session = await asking()
      for (const one of await at.store.pushNews(0, at.now)) await at.store.claimPushNews(one)
      await at.append(decision(session, 'r1', 'd'), response(session, 2, { kind: 'request', key: 'r1', digest: 'd' }))
      const [again] = await at.store.pushNews(0, at.now)
      expect(again).toMatchObject({ key: 'r1', seq: 4 })
      expect(again && (await at.store.claimPushNews(again))).toBe(true)
      expect(await waiting()).toEqual([])
    })

    test('what was read, put away, deleted or has ended is no news', async () => {
      const [read, archived, deleted, over] = [await asking(), await asking(), await asking(), await asking()]
      const stays = await asking('stays')
      await at.store.updateSession(read.sessionId, { readUpTo: 2 }, at.now)
      await at.store.updateSession(archived.sessionId, { archived: true }, at.now)
      await at.store.updateSession(deleted.sessionId, { deleted: true }, at.now)
      await at.append(terminal(over, 2))
      expect(await waiting()).toEqual(['stays'])
      for (const one of await at.store.pushNews(0, at.now)) await at.store.claimPushNews(one)
      await at.store.updateSession(stays.sessionId, { deleted: true }, at.now)
      expect((await at.store.pushedOver()).map(({ key }) => key)).toEqual(['stays'])
    })

    test('the end of a run is kept until one claims it', async () => {
      const [failed, finished] = [ended('failed'), { ...ended('finished'), at: 3_000 }]
      for (const one of [failed, finished, failed]) await at.store.addPushNews(one)
      await at.reopen()
      expect(await at.store.pushNews(0, 2_500)).toEqual([failed])
      expect(await at.store.pushNews(0, 3_000)).toEqual([failed, finished])
      const claims = await Promise.all([at.store.claimPushNews(failed), at.store.claimPushNews(failed)])
      expect(claims.toSorted()).toEqual([false, true])
      expect(await at.store.pushNews(0, 9_000)).toEqual([finished])
      expect(await at.store.pushedOver()).toEqual([])
    })

    test('keys are those that came first', async () => {
      const [one, two] = await Promise.all([at.store.pushKeys('one'), at.store.pushKeys('two')])
      expect(one).toBe(two)
      await at.reopen()
      expect(await at.store.pushKeys('three')).toBe(one)
    })
  })
}
