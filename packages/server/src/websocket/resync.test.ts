import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  PATIENCE_MS,
  PROJECT_ID,
  handedOver,
  heard,
  ok,
  openAgent,
  responseOf,
  startRelay,
  until,
  type Relay,
  type TestAgent,
} from '../../test/harness.ts'

let relay: Relay
beforeEach(async () => {
  relay = await startRelay()
})
afterEach(() => relay.close())

type Said = { sessionId: string; commandId: string }

async function send(part: object = {}): Promise<Said> {
  const browser = await relay.openBrowser()
  return ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go', ...part }))
}

async function respond(socket: TestAgent, said: Said, from: number, to: number, end = false): Promise<void> {
  for (let n = from; n <= to; n++) {
    const last = end && n === to ? { kind: 'run_finished', data: '{"durationMs":1}', isComplete: true } : {}
    socket.emit('command_response', responseOf({ ...said, n, ...last }))
  }
  await new Promise<void>((resolve) => {
    socket.on('ack_responses', ({ n }) => n === to && resolve())
  })
}

async function log({ sessionId }: Said) {
  const browser = await relay.openBrowser()
  return ok(await browser.emitWithAck('subscribe', { sessionId, after: 0 }))
}

async function interrupted(said: Said): Promise<void> {
  const code = async () => (await log(said)).entries.at(-1)?.code
  await expect.poll(code, { timeout: PATIENCE_MS }).toBe('INTERRUPTED')
}

const file = (name: string): string => join(relay.dataDir, name)

/** Puts a copy of the database file back by hand, as somebody does who knows no better. */
async function putBack(act: () => Promise<void>): Promise<void> {
  await relay.restart() // the copy is of a stopped relay, so it needs no write-ahead log
  copyFileSync(file('farhand.db'), file('copy.db'))
  await act()
  await relay.app.close()
  copyFileSync(file('copy.db'), file('farhand.db'))
  for (const suffix of ['-wal', '-shm']) rmSync(file(`farhand.db${suffix}`), { force: true })
  await relay.restart()
}

describe('[F40] a copy of the database that was put back by hand', () => {
  test('[LOG9] [SUB3] is another log: told in the log of the relay, and every reader starts over', async () => {
    const agent = await openAgent(relay)
    const said = await send()
    await respond(agent.socket, said, 1, 3)
    const before = await log(said)
    await putBack(async () => {
      const back = await openAgent(relay, { connNo: 2 })
      await respond(back.socket, said, 4, 9)
    })
    expect(relay.logs.join('')).toContain('LOG_ROLLED_BACK')
    const browser = await relay.openBrowser()
    const { sessionId } = said
    const cursor = { sessionId, after: before.head, logEpoch: before.logEpoch }
    const answer = ok(await browser.emitWithAck('subscribe', cursor))
    expect(answer).toMatchObject({ reset: true, from: 0, head: before.head })
    expect(answer.logEpoch).not.toBe(before.logEpoch)
    await relay.restart()
    expect((await log(said)).logEpoch).toBe(answer.logEpoch)
  })

  test('[AG4] what the agent still holds is sent again; what it forgot is told, once, in the session', async () => {
    const agent = await openAgent(relay)
    const said = await send()
    await respond(agent.socket, said, 1, 3)
    await putBack(async () => {
      const back = await openAgent(relay, { connNo: 2 })
      await respond(back.socket, said, 4, 9)
    })
    // It holds 8 and 9 again, because their acknowledgement was lost, and has said 10 meanwhile.
    const sessions = [{ sessionId: said.sessionId, lastN: 10, acked: 7 }]
    const back = await openAgent(relay, { connNo: 3, sessions, open: [said.commandId] })
    expect(back.answer.sessions).toEqual([{ sessionId: said.sessionId, lastN: 7 }])
    await respond(back.socket, said, 8, 10, true)
    const { entries } = await log(said)
    expect(entries.map((entry) => entry.kind)).toEqual([
      ...['command', 'text', 'text', 'text'],
      ...['notice', 'text', 'text', 'run_finished'],
    ])
    expect(entries[4]).toMatchObject({ code: 'LOG_ROLLED_BACK', status: 'streaming' })
    expect(entries[4]?.response).toContain('4 entries of this session were lost')
    expect(relay.logs.filter((line) => line.includes('the log lost entries of an agent'))).toHaveLength(1)
    back.socket.disconnect()
    const again = await openAgent(relay, {
      connNo: 4,
      sessions: [{ sessionId: said.sessionId, lastN: 10, acked: 10 }],
      open: [],
    })
    expect(again.answer.sessions).toEqual([{ sessionId: said.sessionId, lastN: 10 }])
    expect((await log(said)).entries).toHaveLength(8)
  })
})

describe('[CMD4] a command that the agent does not hold any more', () => {
  test('[F40] ends as INTERRUPTED when its end was lost with the log', async () => {
    const agent = await openAgent(relay)
    const [lost, open] = [await send(), await send()]
    await until(() => agent.inputs.length === 2)
    await respond(agent.socket, lost, 1, 2)
    await handedOver(relay, lost, open)
    agent.socket.disconnect()
    const sessions = [{ sessionId: lost.sessionId, lastN: 5, acked: 5 }]
    const back = await openAgent(relay, { connNo: 2, sessions, open: [open.commandId] })
    expect(back.answer.sessions).toContainEqual({ sessionId: lost.sessionId, lastN: 5 })
    const { entries } = await log(lost)
    expect(entries.at(-1)).toMatchObject({ kind: 'run_finished', status: 'error', code: 'INTERRUPTED' })
    expect((await log(open)).entries).toHaveLength(1)
    // LOG5: an end that comes after all is told, but is no second one.
    await respond(back.socket, lost, 6, 6, true)
    const ends = (await log(lost)).entries.filter((entry) => entry.status !== 'streaming')
    expect(ends).toHaveLength(1)
  })

  test('but not while its end may still be on its way', async () => {
    const agent = await openAgent(relay)
    const [ended, gone] = [await send(), await send()]
    await handedOver(relay, ended, gone)
    agent.socket.disconnect()
    const sessions = [ended, gone].map(({ sessionId }) => ({ sessionId, lastN: 3, acked: 0 }))
    const back = await openAgent(relay, { connNo: 2, sessions, open: [] })
    expect((await log(ended)).entries).toHaveLength(1)
    await respond(back.socket, ended, 1, 3, true)
    await respond(back.socket, gone, 1, 3)
    await interrupted(gone)
    expect((await log(ended)).entries.at(-1)).toMatchObject({ status: 'complete' })
  })

  test('[F40] also where it is handed over again, and the agent says that it had ended', async () => {
    const agent = await openAgent(relay)
    agent.socket.removeAllListeners('agent_command')
    agent.socket.on('agent_command', (_input, ack) => ack({ ok: true, ended: 4 }))
    const said = await send()
    await handedOver(relay, said)
    expect((await log(said)).entries).toHaveLength(1) // the numbers up to 4 are not here yet
    await respond(agent.socket, said, 1, 4)
    await interrupted(said)
  })

  test('an agent that does not say what it holds keeps everything', async () => {
    const agent = await openAgent(relay)
    const said = await send()
    await handedOver(relay, said)
    agent.socket.disconnect()
    await openAgent(relay, { connNo: 2 }) // what is lost was ended before this was answered
    expect((await log(said)).entries).toHaveLength(1)
  })
})

test('[AG3] nobody else’s session is rolled forward or ended', async () => {
  await openAgent(relay)
  const said = await send()
  await handedOver(relay, said)
  const foreign = {
    agentId: '00000000-0000-4000-8000-0000000000a2',
    projects: [{ projectId: '00000000-0000-4000-8000-0000000000b2', name: 'other', path: '/other' }],
    sessions: [{ sessionId: said.sessionId, lastN: 50, acked: 50 }],
    open: [],
  }
  const other = await openAgent(relay, foreign)
  expect(other.answer.sessions).toEqual([{ sessionId: said.sessionId, lastN: 0 }])
  expect((await log(said)).entries).toHaveLength(1)
  const goodbye = heard(other.socket, 'goodbye')
  other.socket.emit('command_response', responseOf({ ...said, n: 1 }))
  expect(await goodbye).toMatchObject({ code: 'NOT_FOUND' })
})
