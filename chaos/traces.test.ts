import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { runAgent } from '../packages/agent/src/run.ts'
import { createTracing } from '../packages/agent/src/tracing/tracing.ts'
import { temporaryDirectory } from '../packages/agent/test/temporary.ts'
import { openSpans, type Spans } from '../packages/shared/src/tracing/spans.ts'
import { AGENT_TOKEN, ok, startRelay, type TestBrowser } from '../packages/server/test/harness.ts'

const PATIENCE_MS = 10_000
/** One that answers at once: who it is makes no trace. */
const CLAUDE = join(import.meta.dirname, '../packages/agent/test/fixtures/claude/answers.mjs')
const SECRET = 'words that nobody else reads'

const spanSchema = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  attributes: z.array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) })).default([]),
  events: z.array(z.object({ name: z.string() })).default([]),
})
const attributesSchema = z.object({ attributes: z.array(z.object({ key: z.string(), value: z.unknown() })) })
const exportSchema = z.object({
  resourceSpans: z.array(
    z.object({ resource: attributesSchema, scopeSpans: z.array(z.object({ spans: z.array(spanSchema) })) }),
  ),
})
type Span = z.infer<typeof spanSchema>

/** What OpenTelemetry's own collector takes. */
async function openCollector() {
  const spans: Span[] = []
  const bodies: string[] = []
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      bodies.push(`${request.method} ${request.url} ${body}`)
      const { resourceSpans } = exportSchema.parse(JSON.parse(body))
      spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)))
      response.setHeader('Content-Type', 'application/json').end('{}')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return { spans, bodies, url: `http://127.0.0.1:${port}` }
}

async function spansTo(url: string, service: string): Promise<Spans> {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', url)
  const spans = await openSpans(process.env, service)
  if (spans === undefined) throw new Error('there are no spans')
  return spans
}

/** An agent with a project, and a Claude Code that answers. */
function openMachine() {
  const directory = temporaryDirectory()
  const project = join(directory, 'secret-project')
  for (const path of [project, join(directory, 'home')]) mkdirSync(path)
  return {
    async startAgent(serverUrl: string, spans?: Spans) {
      return await runAgent({
        config: {
          ...{ serverUrl, token: AGENT_TOKEN, name: 'workstation', dir: join(directory, 'agent') },
          ...{ projects: [project], projectIsDefault: false, passEnv: [], allowBypass: false, logLevel: 'silent' },
          ...{ idleMs: 60_000, totalMs: 60_000, claudePath: CLAUDE },
          env: { PATH: process.env['PATH'], HOME: join(directory, 'home') },
        },
        logger: pino({ level: 'silent' }),
        tracing: spans && createTracing(spans),
      })
    },
  }
}

async function projectOf(browser: TestBrowser): Promise<string> {
  return await vi.waitFor(async () => {
    const [found] = ok(await browser.emitWithAck('list_projects', {})).projects
    if (found?.online !== true) throw new Error('the agent is not here')
    return found.projectId
  }, PATIENCE_MS)
}

function endOf(browser: TestBrowser): Promise<void> {
  return new Promise((resolve) => {
    browser.on('command_result', (said) => {
      if ([said].flat().some((entry) => entry.status !== 'streaming')) resolve()
    })
  })
}

test('a command is one trace over relay and agent, without a word of what was said', async () => {
  const collector = await openCollector()
  const [relaySpans, agentSpans] = [
    await spansTo(collector.url, 'farhand-relay'),
    await spansTo(collector.url, 'farhand-agent'),
  ]
  const relay = await startRelay({ spans: relaySpans })
  const machine = openMachine()
  const agent = await machine.startAgent(relay.url, agentSpans)
  const browser = await relay.openBrowser()
  const projectId = await projectOf(browser)
  const commandId = randomUUID()
  const ended = endOf(browser)
  ok(await browser.emitWithAck('execute_command', { projectId, command: SECRET, commandId }))
  await ended
  await agent.close()
  await agentSpans.close()
  await relay.close()

  const traceId = commandId.replaceAll('-', '')
  expect(collector.spans.every((span) => span.traceId === traceId)).toBe(true)
  const named = (name: string): Span[] => collector.spans.filter((span) => span.name === name)
  const [accept, deliver] = [named('command.accept')[0], named('command.deliver')[0]]
  expect(accept?.parentSpanId ?? '').toBe('')
  for (const name of ['command.commit', 'command.publish', 'command.deliver', 'response.commit']) {
    expect(named(name).map(({ parentSpanId }) => parentSpanId)).toContain(accept?.spanId)
  }
  for (const name of ['command.take', 'claude.run']) {
    expect(named(name).map(({ parentSpanId }) => parentSpanId)).toEqual([deliver?.spanId])
  }
  expect(named('claude.run')[0]?.events).toEqual([{ name: 'first_output' }])
  expect(named('claude.run')[0]?.attributes).toContainEqual({
    key: 'farhand.outcome',
    value: { stringValue: 'complete' },
  })
  expect(named('response.commit')).toHaveLength(2)
  const told = collector.bodies.join('\n')
  expect(told).toContain('POST /v1/traces')
  for (const service of ['farhand-relay', 'farhand-agent']) expect(told).toContain(service)
  for (const secret of [SECRET, 'secret-project', 'workstation']) expect(told).not.toContain(secret)
})

test('a command that waits for its agent is one tree, though the relay was started anew meanwhile', async () => {
  const collector = await openCollector()
  let relaySpans = await spansTo(collector.url, 'farhand-relay')
  const relay = await startRelay({
    spans: { begin: (...about) => relaySpans.begin(...about), close: () => relaySpans.close() },
  })
  const machine = openMachine()
  const first = await machine.startAgent(relay.url)
  const before = await relay.openBrowser()
  const projectId = await projectOf(before)
  await first.close()
  const [commandId, sessionId] = [randomUUID(), randomUUID()]
  ok(await before.emitWithAck('execute_command', { projectId, sessionId, command: SECRET, commandId }))
  await relay.restart()
  relaySpans = await spansTo(collector.url, 'farhand-relay')

  const agentSpans = await spansTo(collector.url, 'farhand-agent')
  const browser = await relay.openBrowser()
  const ended = endOf(browser)
  ok(await browser.emitWithAck('subscribe', { sessionId }))
  const agent = await machine.startAgent(relay.url, agentSpans)
  await ended
  await agent.close()
  await agentSpans.close()
  await relay.close()
  const parentsOf = (name: string) =>
    collector.spans.filter((span) => span.name === name).map(({ parentSpanId }) => parentSpanId)
  const idsOf = (name: string) => collector.spans.filter((span) => span.name === name).map(({ spanId }) => spanId)
  expect(idsOf('command.accept')).toEqual([commandId.replaceAll('-', '').slice(-16)])
  expect(parentsOf('command.deliver')).toEqual(idsOf('command.accept'))
  expect(parentsOf('claude.run')).toEqual(idsOf('command.deliver'))
  expect(parentsOf('response.commit')).toEqual(idsOf('command.accept'))
})

test('without a collector in the environment there are no spans', async () => {
  const url = 'http://127.0.0.1:4318'
  for (const open of [openSpans, openSpans]) {
    expect(await open({}, 'x')).toBeUndefined()
    expect(await open({ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, 'x')).toBeUndefined()
    expect(await open({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_SDK_DISABLED: 'true' }, 'x')).toBeUndefined()
    expect(await open({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_TRACES_EXPORTER: 'none' }, 'x')).toBeUndefined()
  }
})
