import { randomUUID } from 'node:crypto'
import type { SendInput } from '@farhand/shared'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  AGENT_ID,
  PROJECT_ID,
  heard,
  helloOf,
  ok,
  openAgent,
  responseOf,
  startRelay,
  until,
  type Relay,
} from './harness.ts'

/** Decisions that don't count: each has its code and a sentence, and the request waits on for one that does. */

const DIGEST = 'a'.repeat(64)
const OTHER_PROJECT = '00000000-0000-4000-8000-0000000000b2'

let relay: Relay
beforeEach(async () => {
  relay = await startRelay()
})
afterEach(() => relay.close())

async function twoThatAsk() {
  const projects = [PROJECT_ID, OTHER_PROJECT].map((projectId) => ({
    projectId,
    name: 'demo',
    path: `/code/${projectId}`,
  }))
  const agent = await openAgent(relay, { ...helloOf(), agentId: AGENT_ID, projects })
  const browser = await relay.openBrowser()
  const asking = async (projectId: string, key: string) => {
    const run = ok(await browser.emitWithAck('execute_command', { projectId, command: 'go' }))
    agent.socket.emit(
      'command_response',
      responseOf({ ...run, n: 1, kind: 'request', key, digest: DIGEST, data: '{}' }),
    )
    await heard(agent.socket, 'ack_responses')
    return run
  }
  const [ours, theirs] = [await asking(PROJECT_ID, 'ours'), await asking(OTHER_PROJECT, 'theirs')]
  const decision: SendInput = { sessionId: ours.sessionId, kind: 'decision', key: 'ours', digest: DIGEST, data: '{}' }
  const decide = (part: Partial<SendInput>) => browser.emitWithAck('send_input', { ...decision, ...part })
  return { agent, ours, theirs, decide }
}

test('[REQ3] of another session or project, of nothing, of another input: a code, a sentence, and the request waits on', async () => {
  const { agent, theirs, decide } = await twoThatAsk()
  const wrong: [Partial<SendInput>, string, RegExp][] = [
    [{ key: 'theirs' }, 'NOT_FOUND', /no such request/],
    [{ sessionId: theirs.sessionId }, 'NOT_FOUND', /no such request/],
    [{ sessionId: randomUUID() }, 'NOT_FOUND', /no such session/],
    [{ key: 'nothing' }, 'NOT_FOUND', /no such request/],
    [{ digest: 'b'.repeat(64) }, 'STALE', /another input/],
    [{ digest: 'short' }, 'BAD_REQUEST', /digest/],
  ]
  for (const [part, code, message] of wrong) {
    expect(await decide(part)).toMatchObject({ ok: false, error: { code, message: expect.stringMatching(message) } })
  }
  ok(await decide({}))
  expect(await decide({})).toMatchObject({
    ok: false,
    error: { code: 'ALREADY_DECIDED', message: 'Owner answered this request first.' },
  })
  await until(() => agent.inputs.some(({ kind }) => kind === 'decision'))
  expect(agent.inputs.filter(({ kind }) => kind === 'decision')).toHaveLength(1)
})

test('[REQ1] one that expired or was taken back takes no decision, and what follows in the session does', async () => {
  const { agent, ours, decide } = await twoThatAsk()
  const say = async (n: number, kind: string, key: string, data: object) => {
    agent.socket.emit(
      'command_response',
      responseOf({ ...ours, n, kind, key, digest: DIGEST, data: JSON.stringify(data) }),
    )
    await heard(agent.socket, 'ack_responses')
  }
  await say(2, 'request_resolved', 'ours', { requestId: 'ours', outcome: 'expired' })
  expect(await decide({})).toMatchObject({
    ok: false,
    error: { code: 'NOT_FOUND', message: 'This request no longer waits for an answer.' },
  })
  await say(3, 'request', 'next', { requestId: 'next' })
  ok(await decide({ key: 'next' }))
})

test('[REQ2] a decision that the agent could not apply is not the last word: said once more, the request is open again', async () => {
  const { agent, ours, decide } = await twoThatAsk()
  ok(await decide({ data: 'nonsense' }))
  expect(await decide({})).toMatchObject({ error: { code: 'ALREADY_DECIDED' } })
  agent.socket.emit(
    'command_response',
    responseOf({ ...ours, n: 2, kind: 'request', key: 'ours', digest: DIGEST, data: '{}' }),
  )
  await heard(agent.socket, 'ack_responses')
  ok(await decide({}))
  await until(() => agent.inputs.filter(({ kind }) => kind === 'decision').length === 2)
})
