import { randomUUID } from 'node:crypto'
import type { AgentCommand, InputTaken } from '@farhand/shared'
import { pino } from 'pino'
import { openSpool } from '../../packages/agent/src/spool/spool.ts'
import { startClient } from '../../packages/agent/src/websocket/client.ts'
import { chunk } from './chunk.ts'
import { perform, workSchema } from './work.ts'

/**
 * Farhand's own agent without Claude Code: its durable spool and its link to the relay. Each command tells it what to say
 * in its session. A chunk's age counts from before it enters the spool.
 */
const [serverUrl = '', directory = '', projectId = ''] = process.argv.slice(2)
const spool = openSpool(directory, Date)
const taken = new Set<string>()

function accept(input: AgentCommand): InputTaken {
  if (input.kind !== 'command' || taken.has(input.inputId)) return {}
  taken.add(input.inputId)
  const work = workSchema.parse(JSON.parse(input.command))
  const say = (): void => {
    const response = { kind: 'text', key: 'bench:0', data: chunk(work.chunkBytes), isComplete: false }
    spool.outbox.append(input.sessionId, input.inputId, Date.now(), [response])
  }
  perform(work, say).then(
    () => console.log(`said ${input.sessionId}`),
    (error: unknown) => console.error(error),
  )
  return {}
}

const client = startClient({
  serverUrl,
  token: process.env['AGENT_TOKEN'] ?? '',
  agentId: spool.registry.agentId,
  nextConnNo: spool.registry.nextConnNo,
  outbox: spool.outbox,
  onCommitted: spool.onCommitted,
  logger: pino({ level: 'silent' }),
  random: Math.random,
  hello: () => ({
    bootId: randomUUID(),
    name: 'bench',
    host: 'localhost',
    versions: {},
    projects: [{ projectId, name: 'bench', path: '/bench' }],
    sessions: [],
    open: [...taken],
  }),
  held: () => {},
  waiting: (inputs) => {
    for (const input of inputs) accept(input)
  },
  accept,
  answer: () => Promise.resolve({}),
  events: {
    connected: () => console.log('ready'),
    disconnected: () => {},
    refused: () => {},
    gaveUp: (refusal) => console.error(`gave up: ${refusal.code}`),
    trouble: (sessionId, trouble) => console.error('trouble', sessionId, trouble),
  },
})
process.once('SIGTERM', () => {
  client
    .close()
    .then(() => {
      spool.close()
      process.exit(0)
    })
    .catch((error: unknown) => {
      console.error(error)
      process.exit(1)
    })
})
