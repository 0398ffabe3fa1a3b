import { randomUUID } from 'node:crypto'
import { MAX_WAITING_COMMANDS } from '@farhand/shared'
import { describe, expect, test } from 'vitest'
import { AGENT, PROJECT, command, decision, ids, input, response, terminal, type Bench } from './fixtures.ts'

/** What waits: inputs for an agent, requests for a person. */
export function describeCommands(at: Bench): void {
  describe('commands and requests', () => {
    test('[CMD2] inputs wait for their agent: cancels first, then oldest first, until they are delivered', async () => {
      const session = ids()
      const cancel = randomUUID()
      await at.append(command(session), input({ sessionId: session.sessionId, inputId: cancel, kind: 'cancel' }))
      expect((await at.store.waitingInputs(AGENT, 10)).map((one) => one.input.inputId)).toEqual([
        cancel,
        session.commandId,
      ])
      expect((await at.store.nextInput(session.sessionId, 'other'))?.input.inputId).toBe(session.commandId)
      expect(await at.store.sessionsWithInputs(AGENT)).toEqual([session.sessionId])
      await at.append({ type: 'delivered', inputId: cancel }, { type: 'delivered', inputId: session.commandId })
      expect(await at.store.waitingInputs(AGENT, 10)).toEqual([])
      expect(await at.store.nextInput(session.sessionId, 'other')).toBeUndefined()
      expect(await at.store.waitingInputs(randomUUID(), 10)).toEqual([])
    })

    test('[CMD2] only what nobody took expires, once', async () => {
      const [late, taken] = [ids(), ids()]
      await at.append(command({ ...late, expiresAt: 2_000 }), command({ ...taken, expiresAt: 2_000 }))
      await at.append({ type: 'delivered', inputId: taken.commandId })
      expect(await at.store.expiredCommands(1_999, 10)).toEqual([])
      expect(await at.store.expiredCommands(2_000, 10)).toEqual([{ commandId: late.commandId, agentId: AGENT }])
      const outcomes = await at.append(
        { type: 'expire', commandId: late.commandId },
        { type: 'expire', commandId: late.commandId },
        { type: 'expire', commandId: taken.commandId },
      )
      expect(outcomes.map((outcome) => outcome.verdict)).toEqual(['accepted', 'void', 'void'])
      expect(await at.store.expiredCommands(9_000, 10)).toEqual([])
      expect(await at.store.session(late.sessionId)).toMatchObject({
        running: 0,
        lastStatus: 'error',
        lastCode: 'EXPIRED',
      })
      at.now = 5_000
      const [again] = await at.append(command({ ...late, expiresAt: 2_000 }))
      expect(again?.verdict).toBe('same')
    })

    test('[CMD2] what the agent has said something about does not expire, also where its acknowledgement is missing', async () => {
      const [begun, unknownBefore] = [ids(), ids()]
      await at.append(command({ ...begun, expiresAt: 2_000 }))
      await at.append(response(begun, 1, { kind: 'request', key: 'r', digest: 'd' }))
      // A log that was restored hears of the end before it hears of the command again.
      await at.append(command({ ...unknownBefore, commandId: randomUUID() }), terminal(unknownBefore, 1))
      await at.append(command({ ...unknownBefore, expiresAt: 2_000 }))
      const outcomes = await at.append(
        { type: 'expire', commandId: begun.commandId },
        { type: 'expire', commandId: unknownBefore.commandId },
      )
      expect(outcomes).toEqual([
        { verdict: 'void', begun },
        { verdict: 'void', begun: unknownBefore },
      ])
      // The agent is asked about it, and acknowledges it then.
      const { commandId } = begun
      expect(await at.store.nextInput(begun.sessionId, 'other')).toMatchObject({ input: { inputId: commandId } })
      await at.append({ type: 'delivered', inputId: commandId })
      expect(await at.append({ type: 'expire', commandId })).toEqual([{ verdict: 'void' }])
      const [decided] = await at.append(decision(begun, 'r', 'd'))
      expect(decided?.verdict).toBe('accepted')
    })

    test('QUEUE_FULL when too many commands of a session wait', async () => {
      const session = ids()
      const many = Array.from({ length: MAX_WAITING_COMMANDS }, () => command({ ...session, commandId: randomUUID() }))
      await at.append(...many)
      const [full] = await at.append(command({ ...session, commandId: randomUUID() }))
      expect(full).toMatchObject({ verdict: 'refused', error: { code: 'QUEUE_FULL' } })
    })

    test('[REQ2] the first decision counts, in the commit', async () => {
      const session = ids()
      await at.append(command(session), response(session, 1, { kind: 'request', key: 'r', digest: 'd' }))
      const result = await at.store.append([decision(session, 'r', 'd'), decision(session, 'r', 'd')], at.now)
      expect(result.outcomes[0]?.verdict).toBe('accepted')
      expect(result.outcomes[1]).toMatchObject({ verdict: 'refused', error: { code: 'ALREADY_DECIDED' } })
      expect(result.attention).toMatchObject([{ projectId: PROJECT, attention: { key: 'r', state: 'decided' } }])
      expect(result.sessions).toMatchObject([{ attention: 0 }])
    })

    test('[REQ3] STALE for another digest, NOT_FOUND for another key or session', async () => {
      const session = ids()
      await at.append(command(session), response(session, 1, { kind: 'request', key: 'r', digest: 'd' }))
      const outcomes = await at.append(
        decision(session, 'r', 'other'),
        decision(session, 'other', 'd'),
        decision(ids(), 'r', 'd'),
      )
      const codes = outcomes.map((outcome) => (outcome.verdict === 'refused' ? outcome.error.code : undefined))
      expect(codes).toEqual(['STALE', 'NOT_FOUND', 'NOT_FOUND'])
      expect(await at.store.openRequests(PROJECT)).toMatchObject([{ key: 'r', state: 'open', digest: 'd', seq: 2 }])
    })

    test('[REQ6] a request is resolved by its key, and with the end of its command', async () => {
      const session = ids()
      await at.append(
        command(session),
        response(session, 1, { kind: 'request', key: 'a', digest: 'd' }),
        response(session, 2, { kind: 'request', key: 'b', digest: 'd' }),
        response(session, 3, { kind: 'request_resolved', key: 'a' }),
      )
      expect((await at.store.openRequests(PROJECT)).map((one) => one.key)).toEqual(['b'])
      await at.append(terminal(session, 4))
      expect(await at.store.openRequests(PROJECT)).toEqual([])
      expect(await at.store.session(session.sessionId)).toMatchObject({
        attention: 0,
        running: 0,
        lastStatus: 'complete',
      })
    })
  })
}
