import { randomUUID } from 'node:crypto'
import type { AgentCommand } from '@farhand/shared'
import { pino } from 'pino'
import { openSpool } from '../../packages/agent/src/spool/spool.ts'
import { startClient } from '../../packages/agent/src/websocket/client.ts'
import { chunk, loadFromArgv, play } from './load.ts'

/**
 * Farhand's own agent without Claude Code: its durable spool and its link to the relay, fed at the load's pace.
 * Begins when it has been given one command per session; a chunk's age counts from before it enters the spool.
 */
const [serverUrl = '', directory = '', projectId = '', ...rest] = process.argv.slice(2)
const load = loadFromArgv(rest)
const spool = openSpool(directory, Date)
const commands: AgentCommand[] = []
const { promise: complete, resolve: begin } = Promise.withResolvers<void>()

function accept(input: AgentCommand): void {
  if (input.kind !== 'command' || commands.some((known) => known.inputId === input.inputId)) return
  commands.push(input)
  if (commands.length === load.sessions) begin()
}

const { promise: connected, resolve: ready } = Promise.withResolvers<void>()
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
  }),
  waiting: (inputs) => inputs.forEach(accept),
  accept,
  answer: () => Promise.resolve({}),
  events: {
    connected: ready,
    disconnected: (reason) => console.error(`disconnected: ${reason}`),
    refused: (refusal) => console.error(`refused: ${refusal.code}`),
    gaveUp: (refusal) => console.error(`gave up: ${refusal.code}`),
    trouble: (_session, trouble) => console.error('trouble', trouble),
  },
})
await connected
console.log('ready')
await complete
await play(load, (session) => {
  const command = commands[session]
  if (command === undefined) return
  const response = { kind: 'text', key: 'bench:0', data: chunk(), isComplete: false }
  spool.outbox.append(command.sessionId, command.inputId, Date.now(), [response])
})
const DRAIN_MS = 500
await new Promise((drained) => setTimeout(drained, DRAIN_MS))
await client.close()
spool.close()
