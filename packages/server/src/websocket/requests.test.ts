import { randomUUID } from 'node:crypto'
import { type ProjectUpdate } from '@farhand/shared'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  PROJECT_ID,
  codeOf,
  heard,
  ok,
  openAgent,
  responseOf,
  startRelay,
  until,
  type Relay,
} from '../../test/harness.ts'

let relay: Relay
beforeEach(async () => {
  relay = await startRelay()
})
afterEach(() => relay.close())

const DIGEST = 'a'.repeat(64)

describe('requests', () => {
  async function ask(key = 'r1') {
    const agent = await openAgent(relay)
    const browser = await relay.openBrowser()
    const sent = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go' }))
    agent.socket.emit(
      'command_response',
      responseOf({ ...sent, n: 1, kind: 'request', key, digest: DIGEST, data: '{}' }),
    )
    await heard(agent.socket, 'ack_responses')
    const decision = {
      sessionId: sent.sessionId,
      kind: 'decision' as const,
      key,
      digest: DIGEST,
      data: '{"behavior":"allow"}',
    }
    return { agent, browser, decision, ...sent }
  }

  test('[REQ1] late joiners see what is open, and nothing that was decided', async () => {
    const { browser, decision, sessionId } = await ask()
    const late = await relay.openBrowser()
    const before = ok(await late.emitWithAck('watch_project', { projectId: PROJECT_ID }))
    expect(before.requests).toMatchObject([{ sessionId, key: 'r1', digest: DIGEST, state: 'open', seq: 2 }])
    expect(before.sessions).toMatchObject([{ sessionId, attention: 1, running: 1 }])
    const update = heard<ProjectUpdate>(late, 'project_update')
    ok(await browser.emitWithAck('send_input', decision))
    expect(await update).toMatchObject({ attention: { key: 'r1', state: 'decided', by: { name: 'Owner' } } })
    const after = ok(await late.emitWithAck('watch_project', { projectId: PROJECT_ID }))
    expect(after.requests).toEqual([])
    expect(after.sessions).toMatchObject([{ attention: 0 }])
  })

  test('[REQ2] of two decisions at once one wins, the other is told who', async () => {
    const { agent, browser, decision } = await ask()
    const other = await relay.openBrowser()
    const answers = await Promise.all([
      browser.emitWithAck('send_input', { ...decision, inputId: randomUUID() }),
      other.emitWithAck('send_input', { ...decision, inputId: randomUUID(), data: '{"behavior":"deny"}' }),
    ])
    expect(answers.map(codeOf).filter((code) => code !== undefined)).toEqual(['ALREADY_DECIDED'])
    const lost = answers.find((answer) => !answer.ok)
    expect(lost?.ok === false ? lost.error.message : '').toContain('Owner')
    await until(() => agent.inputs.some((input) => input.kind === 'decision'))
    expect(agent.inputs.filter((input) => input.kind === 'decision')).toMatchObject([{ key: 'r1', digest: DIGEST }])
  })

  test('[REQ3] a decision of an unknown request is NOT_FOUND, of another digest STALE, without either BAD_REQUEST', async () => {
    const { browser, decision } = await ask()
    expect(codeOf(await browser.emitWithAck('send_input', { ...decision, key: 'nope' }))).toBe('NOT_FOUND')
    expect(codeOf(await browser.emitWithAck('send_input', { ...decision, digest: 'b'.repeat(64) }))).toBe('STALE')
    const { digest: _digest, ...bare } = decision
    expect(codeOf(await browser.emitWithAck('send_input', bare))).toBe('BAD_REQUEST')
    ok(await browser.emitWithAck('send_input', decision))
  })

  test('[REQ5] an open request outlives a restart of the relay', async () => {
    const { decision } = await ask()
    await relay.restart()
    const browser = await relay.openBrowser()
    expect(ok(await browser.emitWithAck('watch_project', { projectId: PROJECT_ID })).requests).toHaveLength(1)
    ok(await browser.emitWithAck('send_input', decision))
  })

  test('[REQ6] request_resolved and the end of the command take the request off the list', async () => {
    const { agent, browser, sessionId, commandId } = await ask()
    const said = { sessionId, commandId }
    agent.socket.emit('command_response', [
      responseOf({ ...said, n: 2, kind: 'request_resolved', key: 'r1', data: '{"outcome":"applied"}' }),
      responseOf({ ...said, n: 3, kind: 'request', key: 'r2', digest: DIGEST, data: '{}' }),
      responseOf({
        ...said,
        n: 4,
        kind: 'run_finished',
        data: '{}',
        isComplete: true,
        status: 'error',
        code: 'CANCELLED',
      }),
    ])
    await heard(agent.socket, 'ack_responses')
    const snapshot = ok(await browser.emitWithAck('watch_project', { projectId: PROJECT_ID }))
    expect(snapshot.requests).toEqual([])
    expect(snapshot.sessions).toMatchObject([{ attention: 0, running: 0, lastStatus: 'error', lastCode: 'CANCELLED' }])
    const decision = { sessionId, kind: 'decision' as const, key: 'r2', digest: DIGEST, data: '{}' }
    expect(codeOf(await browser.emitWithAck('send_input', decision))).toBe('NOT_FOUND')
  })
})
