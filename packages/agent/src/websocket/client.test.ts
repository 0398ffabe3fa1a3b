import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { AGENT_PATH, type AgentCommand } from '@farhand/shared'
import { pino } from 'pino'
import { Server } from 'socket.io'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory, until } from '../../test/temporary.ts'
import { openSpool } from '../spool/spool.ts'
import { startClient } from './client.ts'

/** Something on the agent's path that answers each hello with the next of these. */
async function relay(answers: readonly unknown[]): Promise<string> {
  const http = createServer((_request, response) => response.writeHead(404).end())
  const io = new Server(http, { path: AGENT_PATH, serveClient: false })
  let next = 0
  io.on('connection', (socket) => socket.on('agent_hello', (_hello, ack) => ack(answers[next++])))
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  onTestFinished(() => io.close())
  const address = http.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}

/** What a client has taken of what waited, when it is connected after all, and how often it has dialled until then. */
async function connect(serverUrl: string): Promise<{ waiting: AgentCommand[]; dialled: number }> {
  const spool = openSpool(temporaryDirectory(), Date)
  const waiting: AgentCommand[] = []
  let dialled = 0
  let isConnected = false
  const client = startClient({
    serverUrl,
    token: 't',
    agentId: spool.registry.agentId,
    nextConnNo: () => (dialled += 1),
    outbox: spool.outbox,
    onCommitted: spool.onCommitted,
    hello: () => ({ bootId: 'b', name: 'n', host: 'h', versions: {}, projects: [], sessions: [] }),
    held: spool.outbox.adopt,
    waiting: (inputs) => void waiting.push(...inputs),
    accept: () => ({}),
    answer: async () => null,
    logger: pino({ level: 'silent' }),
    random: () => 0,
    events: {
      connected: () => (isConnected = true),
      disconnected: () => {},
      refused: () => {},
      gaveUp: () => {},
      trouble: () => {},
    },
  })
  await until('the connection', () => isConnected)
  await client.close()
  spool.close()
  return { waiting, dialled }
}

test('[CON4] a hello that is answered in another shape is tried again; of what waits only what can be read is taken', async () => {
  const input: AgentCommand = {
    type: 'agent_command',
    sessionId: randomUUID(),
    projectId: randomUUID(),
    seq: 1,
    inputId: randomUUID(),
    kind: 'command',
    command: 'hello',
    options: {},
    author: { id: 'owner', name: 'Owner' },
    at: 1,
  }
  const accepted = { ok: true, epoch: 1, sessions: [], inputs: [{ kind: 'command' }, null, input] }
  const shapeless = [null, { ok: false }, { ok: true }, { ...accepted, sessions: [{ sessionId: 3 }] }]
  await Promise.all(
    shapeless.map(async (answer) => {
      expect(await connect(await relay([answer, accepted]))).toEqual({ waiting: [input], dialled: 2 })
    }),
  )
})
