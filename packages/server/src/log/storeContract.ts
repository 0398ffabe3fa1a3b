import { randomUUID } from 'node:crypto'
import {
  MAX_PAGE_BYTES,
  MAX_WAITING_COMMANDS,
  type AgentHello,
  type CommandResponse,
  type Entry,
} from '@farhand/shared'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Append, Outcome, Store } from './store.ts'

/** What every store must do. `open` opens the same store again after it was closed. */
export function storeContract(
  name: string,
  prepare: () => Promise<{ open(): Promise<Store>; remove(): Promise<void> }>,
): void {
  describe(name, () => {
    let place: Awaited<ReturnType<typeof prepare>>
    let store: Store
    let now = 1_000

    beforeEach(async () => {
      place = await prepare()
      store = await place.open()
      now = 1_000
      await store.acceptHello(hello(), now)
    })
    afterEach(async () => {
      await store.close()
      await place.remove()
    })

    const append = async (...items: Append[]): Promise<Outcome[]> => (await store.append(items, ++now)).outcomes
    const page = async (sessionId: string, part: Partial<Parameters<Store['page']>[0]> = {}) => {
      const found = await store.page({ sessionId, limit: 500, detail: 'full', ...part })
      if (found === undefined) throw new Error('no such session')
      return found
    }

    describe('the log', () => {
      test('[LOG1] seq starts at 1 and has no holes, also when appends interleave', async () => {
        const sessions = [ids(), ids(), ids()]
        await append(...sessions.map((session) => command(session)))
        const rounds = Array.from({ length: 30 }, (_, index) => index + 1)
        await Promise.all(rounds.flatMap((n) => sessions.map((session) => store.append([response(session, n)], now))))
        for (const { sessionId } of sessions) {
          const { entries, head } = await page(sessionId)
          expect(entries.map((entry) => entry.seq)).toEqual(Array.from({ length: 31 }, (_, index) => index + 1))
          expect(entries.map((entry) => entry.prev)).toEqual(Array.from({ length: 31 }, (_, index) => index))
          expect(head).toBe(31)
        }
      })

      test('[LOG1] a refused item in a batch leaves no hole and does not touch the others', async () => {
        const session = ids()
        const outcomes = await append(
          command(session),
          response(session, 1),
          response(session, 3),
          command({ ...ids(), projectId: randomUUID() }),
          response(session, 2),
        )
        expect(outcomes.map((outcome) => outcome.verdict)).toEqual([
          'accepted',
          'accepted',
          'gap',
          'refused',
          'accepted',
        ])
        expect((await page(session.sessionId)).entries.map((entry) => entry.seq)).toEqual([1, 2, 3])
      })

      test('[LOG2] the same command again gets the first answer, for ever', async () => {
        const session = ids()
        const [first] = await append(command(session))
        const [again] = await append(command(session))
        const [other] = await append(command({ ...session, bodyHash: 'other' }))
        expect(first).toMatchObject({ verdict: 'accepted', entry: { seq: 1, kind: 'command', status: 'streaming' } })
        expect(again).toEqual({ verdict: 'same', sessionId: session.sessionId, seq: 1 })
        expect(other).toMatchObject({ verdict: 'refused', error: { code: 'IDEMPOTENCY_CONFLICT' } })
        expect((await page(session.sessionId)).entries).toHaveLength(1)
      })

      test('[LOG2] the same n again stores nothing, other content is DIVERGED', async () => {
        const session = ids()
        await append(command(session), response(session, 1, { data: 'one' }))
        const outcomes = await append(response(session, 1, { data: 'one' }), response(session, 1, { data: 'two' }))
        expect(outcomes[0]).toEqual({ verdict: 'same', sessionId: session.sessionId, seq: 2 })
        expect(outcomes[1]).toMatchObject({ verdict: 'refused', error: { code: 'DIVERGED' } })
        expect((await page(session.sessionId)).head).toBe(2)
      })

      test('[LOG5] a command has one terminal entry; a second of the agent is DIVERGED', async () => {
        const session = ids()
        await append(command(session), terminal(session, 1))
        const [second] = await append(terminal(session, 2))
        expect(second).toMatchObject({ verdict: 'refused', error: { code: 'DIVERGED' } })
        expect((await page(session.sessionId)).entries.filter((entry) => entry.status !== 'streaming')).toHaveLength(1)
      })

      test('[LOG5] the late end of a command that the relay ended is told, but is no second end', async () => {
        const session = ids()
        await append(command(session), { type: 'expire', commandId: session.commandId })
        const [late] = await append(terminal(session, 1))
        expect(late).toMatchObject({ verdict: 'accepted', entry: { status: 'streaming', kind: 'run_finished' } })
        const ends = (await page(session.sessionId)).entries.filter((entry) => entry.status !== 'streaming')
        expect(ends).toMatchObject([{ code: 'EXPIRED', status: 'error' }])
      })

      test('[LOG6] any kind, key and body comes back as it was, NUL and emoji and half pairs aside', async () => {
        const session = ids()
        const data = 'a\0b \u{1f600} "\\\n\u2028'
        await append(
          command(session),
          response(session, 1, { kind: 'hologram', key: 'k/1', data, digest: 'd'.repeat(64) }),
        )
        await append(response(session, 2, { data: 'half \ud83d' }))
        const { entries } = await page(session.sessionId)
        expect(entries[1]).toMatchObject({
          kind: 'hologram',
          key: 'k/1',
          response: data,
          digest: 'd'.repeat(64),
          at: 1,
        })
        expect(entries[2]?.response).toBe('half \ufffd')
        const [again] = await append(response(session, 2, { data: 'half \ud83d' }))
        expect(again?.verdict).toBe('same')
      })

      test('[LOG8] everything is there after reopening, and goes on where it was', async () => {
        const session = ids()
        await append(command(session), response(session, 1))
        const { logEpoch } = store
        await store.close()
        store = await place.open()
        expect(store.logEpoch).toBe(logEpoch)
        const [again, next] = await append(response(session, 1), response(session, 2))
        expect(again?.verdict).toBe('same')
        expect(next).toMatchObject({ verdict: 'accepted', entry: { seq: 3 } })
      })

      test('[LOG7] previews that a record replaced are dropped; those without one stay, and so does the head', async () => {
        const session = ids()
        await append(
          command(session),
          response(session, 1, { key: 'a' }),
          response(session, 2, { key: 'a' }),
          response(session, 3, { key: 'a', final: true }),
          response(session, 4, { key: 'b' }),
          response(session, 5, { key: 'a' }),
        )
        const upTo = await store.position()
        let position = 0
        while (position < upTo) position = await store.compact(position, upTo, 2)
        const found = await page(session.sessionId, { after: 0 })
        expect(found.entries.map(({ seq, prev }) => [seq, prev])).toEqual([[1, 0], [4, 1], [5, 4], [6, 5]]) // prettier-ignore
        expect([found.from, found.to, found.head]).toEqual([0, 6, 6])
        const [again] = await append(response(session, 1, { key: 'a', data: 'no longer known' }))
        expect(again?.verdict).toBe('same')
      })
    })

    describe('pages', () => {
      test('[SUB2] pages account for every seq, forwards and backwards', async () => {
        const session = ids()
        await append(command(session), ...Array.from({ length: 24 }, (_, index) => response(session, index + 1)))
        const forward: Entry[] = []
        for (let after = 0; ;) {
          const found = await page(session.sessionId, { after, limit: 7 })
          expect(found.from).toBe(after)
          forward.push(...found.entries)
          after = found.to
          if (after === found.head) break
        }
        const backward: Entry[] = []
        for (let before = 26; before > 1;) {
          const found = await page(session.sessionId, { before, limit: 7 })
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
        await append(command(session), ...[1, 2, 3, 4, 5].map((n) => response(session, n, { data: big })))
        const first = await page(session.sessionId, { after: 0 })
        expect([first.from, first.to, first.entries.length]).toEqual([0, 4, 4])
        const newest = await page(session.sessionId)
        expect([newest.from, newest.to, newest.entries.length]).toEqual([3, 6, 3])
      })

      test('a page beyond the head, of an empty range, or of an unknown session', async () => {
        const session = ids()
        await append(command(session))
        expect(await page(session.sessionId, { after: 9 })).toMatchObject({ entries: [], to: 1, head: 1 })
        expect(await page(session.sessionId, { before: 1 })).toMatchObject({ entries: [], from: 0, to: 0 })
        expect(await store.page({ sessionId: randomUUID(), limit: 1, detail: 'full' })).toBeUndefined()
      })
    })

    describe('commands and requests', () => {
      test('[CMD2] inputs wait for their agent: cancels first, then oldest first, until they are delivered', async () => {
        const session = ids()
        const cancel = randomUUID()
        await append(command(session), input({ sessionId: session.sessionId, inputId: cancel, kind: 'cancel' }))
        expect((await store.waitingInputs(AGENT, 10)).map((one) => one.inputId)).toEqual([cancel, session.commandId])
        expect((await store.nextInput(session.sessionId, 'other'))?.inputId).toBe(session.commandId)
        expect(await store.sessionsWithInputs(AGENT)).toEqual([session.sessionId])
        await append({ type: 'delivered', inputId: cancel }, { type: 'delivered', inputId: session.commandId })
        expect(await store.waitingInputs(AGENT, 10)).toEqual([])
        expect(await store.nextInput(session.sessionId, 'other')).toBeUndefined()
        expect(await store.waitingInputs(randomUUID(), 10)).toEqual([])
      })

      test('[CMD2] only what nobody took expires, once', async () => {
        const [late, taken] = [ids(), ids()]
        await append(command({ ...late, expiresAt: 2_000 }), command({ ...taken, expiresAt: 2_000 }))
        await append({ type: 'delivered', inputId: taken.commandId })
        expect(await store.expiredCommands(1_999, 10)).toEqual([])
        expect(await store.expiredCommands(2_000, 10)).toEqual([late.commandId])
        const outcomes = await append(
          { type: 'expire', commandId: late.commandId },
          { type: 'expire', commandId: late.commandId },
          { type: 'expire', commandId: taken.commandId },
        )
        expect(outcomes.map((outcome) => outcome.verdict)).toEqual(['accepted', 'void', 'void'])
        expect(await store.expiredCommands(9_000, 10)).toEqual([])
        expect(await store.session(late.sessionId)).toMatchObject({
          running: 0,
          lastStatus: 'error',
          lastCode: 'EXPIRED',
        })
        now = 5_000
        const [again] = await append(command({ ...late, expiresAt: 2_000 }))
        expect(again?.verdict).toBe('same')
      })

      test('QUEUE_FULL when too many commands of a session wait', async () => {
        const session = ids()
        const many = Array.from({ length: MAX_WAITING_COMMANDS }, () =>
          command({ ...session, commandId: randomUUID() }),
        )
        await append(...many)
        const [full] = await append(command({ ...session, commandId: randomUUID() }))
        expect(full).toMatchObject({ verdict: 'refused', error: { code: 'QUEUE_FULL' } })
      })

      test('[REQ2] the first decision counts, in the commit', async () => {
        const session = ids()
        await append(command(session), response(session, 1, { kind: 'request', key: 'r', digest: 'd' }))
        const result = await store.append([decision(session, 'r', 'd'), decision(session, 'r', 'd')], now)
        expect(result.outcomes[0]?.verdict).toBe('accepted')
        expect(result.outcomes[1]).toMatchObject({ verdict: 'refused', error: { code: 'ALREADY_DECIDED' } })
        expect(result.attention).toMatchObject([{ projectId: PROJECT, attention: { key: 'r', state: 'decided' } }])
        expect(result.sessions).toMatchObject([{ attention: 0 }])
      })

      test('[REQ3] STALE for another digest, NOT_FOUND for another key or session', async () => {
        const session = ids()
        await append(command(session), response(session, 1, { kind: 'request', key: 'r', digest: 'd' }))
        const outcomes = await append(
          decision(session, 'r', 'other'),
          decision(session, 'other', 'd'),
          decision(ids(), 'r', 'd'),
        )
        const codes = outcomes.map((outcome) => (outcome.verdict === 'refused' ? outcome.error.code : undefined))
        expect(codes).toEqual(['STALE', 'NOT_FOUND', 'NOT_FOUND'])
        expect(await store.openRequests(PROJECT)).toMatchObject([{ key: 'r', state: 'open', digest: 'd', seq: 2 }])
      })

      test('[REQ6] a request is resolved by its key, and with the end of its command', async () => {
        const session = ids()
        await append(
          command(session),
          response(session, 1, { kind: 'request', key: 'a', digest: 'd' }),
          response(session, 2, { kind: 'request', key: 'b', digest: 'd' }),
          response(session, 3, { kind: 'request_resolved', key: 'a' }),
        )
        expect((await store.openRequests(PROJECT)).map((one) => one.key)).toEqual(['b'])
        await append(terminal(session, 4))
        expect(await store.openRequests(PROJECT)).toEqual([])
        expect(await store.session(session.sessionId)).toMatchObject({
          attention: 0,
          running: 0,
          lastStatus: 'complete',
        })
      })
    })

    describe('sessions', () => {
      test('changes outlive a restart; reading goes only forwards; the latest comes first', async () => {
        const [one, two] = [ids(), ids()]
        await append(command(one))
        await append(command(two), response(two, 1))
        await store.updateSession(one.sessionId, { title: 'T', readUpTo: 1, archived: true }, 99_000)
        await store.updateSession(one.sessionId, { readUpTo: 0 }, 99_001)
        await store.close()
        store = await place.open()
        const sessions = await store.sessions(PROJECT)
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
        await append(command(session), response(session, 1))
        const deleted = await store.updateSession(session.sessionId, { deleted: true }, now)
        expect(deleted).toMatchObject({ deleted: true })
        expect(await store.session(session.sessionId)).toBeUndefined()
        expect(await store.page({ sessionId: session.sessionId, limit: 9, detail: 'full' })).toBeUndefined()
        expect(await store.sessions(PROJECT)).toEqual([])
        expect(await store.waitingInputs(AGENT, 9)).toEqual([])
        const outcomes = await append(
          terminal(session, 2),
          command(session),
          command({ ...session, commandId: randomUUID() }),
        )
        expect(outcomes.map((outcome) => outcome.verdict)).toEqual(['void', 'same', 'refused'])
        const back = await store.acceptHello(hello({ connNo: 2 }), now)
        expect(back).toMatchObject({ sessions: [{ sessionId: session.sessionId, lastN: 2 }] })
      })
    })

    describe('agents', () => {
      test('[AG1] an older or repeated connection number is refused, also after reopening', async () => {
        expect(await store.acceptHello(hello({ connNo: 5 }), now)).toMatchObject({ verdict: 'accepted', epoch: 2 })
        await store.close()
        store = await place.open()
        for (const connNo of [4, 5]) {
          expect(await store.acceptHello(hello({ connNo }), now)).toMatchObject({ error: { code: 'FENCED' } })
        }
        expect(await store.acceptHello(hello({ connNo: 6 }), now)).toMatchObject({ verdict: 'accepted', epoch: 3 })
      })

      test('[AG3] a project belongs to one agent, and a refused hello changes nothing', async () => {
        const other = randomUUID()
        const refused = await store.acceptHello(hello({ agentId: other, connNo: 7, name: 'thief' }), now)
        expect(refused).toMatchObject({ verdict: 'refused', error: { code: 'AGENT_CONFLICT' } })
        expect(await store.agent(other)).toBeUndefined()
        expect(await store.project(PROJECT)).toMatchObject({ agentId: AGENT, agentName: 'laptop' })
        const session = ids()
        await append(command(session))
        const [foreign] = await append({ ...response(session, 1), agentId: other })
        expect(foreign).toMatchObject({ verdict: 'refused', error: { code: 'NOT_FOUND' } })
      })

      test('a hello is answered with how far each session got', async () => {
        const session = ids()
        const unknown = randomUUID()
        await append(command(session), response(session, 1), response(session, 2))
        const answer = await store.acceptHello(hello({ connNo: 2, sessions: [{ sessionId: unknown, lastN: 3 }] }), now)
        expect(answer).toMatchObject({
          sessions: [
            { sessionId: session.sessionId, lastN: 2 },
            { sessionId: unknown, lastN: 0 },
          ],
        })
      })
    })

    test('credentials are found by hash, and end', async () => {
      await store.createToken({ tokenId: 't', role: 'agent', name: 'box', hash: 'h' }, now)
      expect(await store.tokenByHash('h')).toEqual({ tokenId: 't', role: 'agent', name: 'box' })
      expect([await store.tokenExists('t'), await store.tokenExists('u')]).toEqual([true, false])
      await store.createWebSession({ hash: 's', tokenId: undefined, name: 'Owner', expiresAt: 5_000 }, now)
      expect(await store.webSession('s', 4_999)).toMatchObject({ name: 'Owner', tokenId: undefined })
      expect(await store.webSession('s', 5_000)).toBeUndefined()
      await store.deleteWebSession('s')
      expect(await store.webSession('s', 1)).toBeUndefined()
    })

    test('what is closed refuses with STORAGE_UNAVAILABLE', async () => {
      await store.checkWritable()
      await store.close()
      await expect(store.append([command(ids())], now)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
      store = await place.open()
    })
  })
}

const PROJECT = '00000000-0000-4000-8000-0000000000b1'
const AGENT = '00000000-0000-4000-8000-0000000000a1'
const author = { id: 'owner', name: 'Owner' }

type Ids = { sessionId: string; commandId: string }

function ids(): Ids {
  return { sessionId: randomUUID(), commandId: randomUUID() }
}

function hello(part: Partial<AgentHello> = {}): AgentHello {
  return {
    protocol: 1,
    agentId: AGENT,
    connNo: 1,
    bootId: 'boot',
    name: 'laptop',
    host: 'host',
    versions: {},
    projects: [{ projectId: PROJECT, name: 'demo', path: '/demo' }],
    sessions: [],
    ...part,
  }
}

function command(part: Ids & { projectId?: string; bodyHash?: string; expiresAt?: number }): Append {
  const { expiresAt, ...rest } = part
  return {
    type: 'command',
    projectId: PROJECT,
    prompt: 'hello',
    options: { model: 'opus' },
    workingDirectory: undefined,
    bodyHash: 'hash',
    author,
    expiresAt,
    ...rest,
  }
}

function input(part: { sessionId: string; inputId: string; kind: 'cancel' | 'setting' }): Append {
  return { type: 'input', data: '{}', key: undefined, digest: undefined, bodyHash: 'hash', author, ...part }
}

function decision({ sessionId }: Ids, key: string, digest: string): Append {
  return {
    type: 'input',
    sessionId,
    inputId: randomUUID(),
    kind: 'decision',
    data: '{}',
    key,
    digest,
    bodyHash: 'h',
    author,
  }
}

function response({ sessionId, commandId }: Ids, n: number, part: Partial<CommandResponse> = {}) {
  const said: CommandResponse = {
    sessionId,
    commandId,
    n,
    kind: 'text',
    data: `n ${n}`,
    isComplete: false,
    at: 1,
    ...part,
  }
  return { type: 'response' as const, agentId: AGENT, response: said }
}

function terminal(session: Ids, n: number): Append {
  return response(session, n, { kind: 'run_finished', data: '{}', isComplete: true })
}
