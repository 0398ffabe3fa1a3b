import { describe, expect, test } from 'vitest'
import { AGENT, PROJECT, command, ids, input, response, terminal, type Bench } from './fixtures.ts'

/** What the relay itself writes: it holds, drops, ends and steps over. */
export function describeRelayEntries(at: Bench): void {
  describe('what the relay writes', () => {
    const hold = ({ commandId }: { commandId: string }) => ({ type: 'hold' as const, commandId, waitedMs: 5 })
    const confirm = ({ sessionId, commandId }: { sessionId: string; commandId: string }) => ({
      ...input({ sessionId, inputId: ids().commandId, kind: 'queue' }),
      key: `held:${commandId}`,
    })

    test('[CMD2] a held command is handed to nobody until somebody confirms it, and counts as a request', async () => {
      const said = ids()
      const outcomes = await at.append(command(said), hold(said), hold(said))
      expect(outcomes.map((outcome) => outcome.verdict)).toEqual(['accepted', 'accepted', 'void'])
      expect(await at.store.nextInput(said.sessionId, 'other')).toBeUndefined()
      expect(await at.store.waitingInputs(AGENT, 10)).toEqual([])
      expect(await at.store.session(said.sessionId)).toMatchObject({ attention: 1, running: 1 })
      await at.reopen()
      const [confirmed, again] = await at.append(confirm(said), confirm(said))
      expect([confirmed?.verdict, again?.verdict]).toEqual(['accepted', 'accepted'])
      expect(await at.store.nextInput(said.sessionId, 'other')).toMatchObject({
        input: { inputId: said.commandId },
        confirmedAt: at.now,
      })
      expect(await at.store.openRequests(PROJECT)).toEqual([])
      await at.append(hold(said))
      expect(await at.store.session(said.sessionId)).toMatchObject({ attention: 1 })
      await at.append(terminal(said, 1))
      expect(await at.store.session(said.sessionId)).toMatchObject({ attention: 0, running: 0 })
    })

    test('[CMD2] only what waits is held, only what is held is dropped, and each ends once', async () => {
      const [waits, taken, other] = [ids(), ids(), ids()]
      await at.append(command(waits), command(taken), command(other))
      await at.append({ type: 'delivered', inputId: taken.commandId })
      const drop = (said: typeof waits) => ({ type: 'drop' as const, ...said })
      const before = await at.append(hold(taken), drop(waits), drop(taken), hold(ids()))
      expect(before.map((outcome) => outcome.verdict)).toEqual(['void', 'void', 'void', 'void'])
      const outcomes = await at.append(
        hold(waits),
        drop({ ...waits, sessionId: other.sessionId }),
        drop(waits),
        drop(waits),
        hold(waits),
        { type: 'expire', commandId: waits.commandId },
      )
      expect(outcomes.map((one) => one.verdict)).toEqual(['accepted', 'void', 'accepted', 'void', 'void', 'void'])
      expect(outcomes[2]).toMatchObject({ entry: { kind: 'run_finished', code: 'CANCELLED', status: 'error' } })
      expect(await at.store.nextInput(waits.sessionId, 'other')).toBeUndefined()
    })

    test('[CMD4] a command that was handed over is interrupted once, behind everything that was said of it', async () => {
      const said = ids()
      await at.append(command(said), { type: 'delivered', inputId: said.commandId }, response(said, 1))
      expect(await at.store.openCommands(AGENT)).toEqual([said])
      const interrupt = (n: number) => ({ type: 'interrupt' as const, commandId: said.commandId, n })
      const outcomes = await at.append(interrupt(2), interrupt(1), interrupt(1))
      expect(outcomes.map((outcome) => outcome.verdict)).toEqual(['void', 'accepted', 'void'])
      expect(outcomes[1]).toMatchObject({ entry: { code: 'INTERRUPTED', status: 'error' } })
      expect(await at.store.openCommands(AGENT)).toEqual([])
      const [late] = await at.append(terminal(said, 2))
      expect(late).toMatchObject({ verdict: 'accepted', entry: { status: 'streaming' } })
    })

    test('[CMD4] [LOG5] where the end came before the command, as into a restored log, it is only taken note of', async () => {
      const said = ids()
      await at.append(command({ ...said, commandId: ids().commandId }), terminal(said, 1), command(said))
      expect(await at.store.session(said.sessionId)).toMatchObject({ running: 2, head: 3 })
      const [outcome] = await at.append({ type: 'interrupt', commandId: said.commandId, n: 1 })
      expect(outcome?.verdict).toBe('void')
      expect(await at.store.session(said.sessionId)).toMatchObject({ running: 1, head: 3, lastStatus: 'complete' })
      // And all in one batch.
      const next = { ...said, commandId: ids().commandId }
      await at.append(terminal(next, 2))
      const outcomes = await at.append(
        command(next),
        { type: 'interrupt', commandId: next.commandId, n: 2 },
        hold(next),
      )
      expect(outcomes.map((one) => one.verdict)).toEqual(['accepted', 'void', 'void'])
      expect(await at.store.session(said.sessionId)).toMatchObject({ running: 1, head: 5, attention: 0 })
    })

    test('[CMD2] [LOG9] what the agent spoke of before the command came, as into a restored log, has begun', async () => {
      const said = ids()
      const lost = { ...said, commandId: ids().commandId }
      await at.append(command({ ...said, commandId: ids().commandId }), response(lost, 1, { key: 'm:0' }))
      await at.append(command(lost))
      const outcomes = await at.append(hold(lost), { type: 'expire', commandId: lost.commandId })
      expect(outcomes).toEqual([
        { verdict: 'void', begun: lost },
        { verdict: 'void', begun: lost },
      ])
    })

    test('[CMD2] [LOG7] what began with previews has begun, also when the record of another command has their key', async () => {
      const [begun, other] = [ids(), ids()]
      const record = { sessionId: begun.sessionId, commandId: other.commandId }
      await at.append(
        command(begun),
        response(begun, 1, { key: 'm:0' }),
        response(record, 2, { key: 'm:0', final: true }),
      )
      while (await at.store.compact(await at.store.position(), 10));
      const [outcome] = await at.append({ type: 'expire', commandId: begun.commandId })
      expect(outcome).toEqual({ verdict: 'void', begun })
    })

    test('[LOG9] numbers that are lost are stepped over once, by their own agent', async () => {
      const said = ids()
      await at.append(command(said), response(said, 1))
      const roll = (n: number, agentId = AGENT) => ({
        type: 'roll_forward' as const,
        sessionId: said.sessionId,
        agentId,
        n,
      })
      const outcomes = await at.append(roll(5, ids().commandId), roll(5), roll(5), roll(4), response(said, 6))
      expect(outcomes.map((one) => one.verdict)).toEqual(['void', 'accepted', 'void', 'void', 'accepted'])
      expect((await at.page(said.sessionId)).entries.map((entry) => entry.seq)).toEqual([1, 2, 3, 4])
      const [repeat] = await at.append(response(said, 3))
      expect(repeat?.verdict).toBe('same')
    })
  })
}
