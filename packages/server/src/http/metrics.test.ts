import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  OWNER_TOKEN,
  PATIENCE_MS,
  PROJECT_ID,
  collect,
  getJson,
  ids,
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

/** Every series of a scrape, as Prometheus reads it: `name{labels}` to its value. */
async function scrape(headers: Record<string, string> = {}): Promise<Map<string, number>> {
  const response = await fetch(`${relay.url}/metrics`, { headers })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toContain('text/plain')
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const cut = line.lastIndexOf(' ')
      return [line.slice(0, cut), Number(line.slice(cut + 1))]
    }),
  )
}

const CHUNKS = 200

test('scraped under load, the metrics count what was said, committed, published and ended', async () => {
  const { socket: agent } = await openAgent(relay)
  const browser = await relay.openBrowser()
  const { sessionId, commandId } = ids()
  ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, sessionId, commandId, command: 'go' }))
  const entries = collect(browser)
  const scrapes: Promise<unknown>[] = []
  for (let n = 1; n <= CHUNKS; n += 1) {
    const isLast = n === CHUNKS
    const end = { kind: 'run_finished', isComplete: true, data: JSON.stringify({ durationMs: 1, costUsd: 0.25 }) }
    agent.emit('command_response', responseOf({ sessionId, commandId, n, at: Date.now(), ...(isLast ? end : {}) }))
    if (n % 50 === 0) scrapes.push(scrape())
  }
  await Promise.all(scrapes)
  await until(() => entries.some((entry) => entry.kind === 'run_finished'))

  const series = await scrape()
  expect(series.get('farhand_connections{kind="browser"}')).toBe(1)
  expect(series.get('farhand_connections{kind="agent"}')).toBe(1)
  expect(series.get('farhand_entries_total{from="agent"}')).toBe(CHUNKS)
  expect(series.get('farhand_entries_total{from="person"}')).toBe(1)
  expect(series.get('farhand_deliveries_total')).toBeGreaterThanOrEqual(CHUNKS)
  expect(series.get('farhand_runs_total{outcome="complete"}')).toBe(1)
  expect(series.get('farhand_cost_usd_total')).toBe(0.25)
  expect(series.get('farhand_commit_seconds_count')).toBeGreaterThan(0)
  expect(series.get('farhand_publish_seconds_count')).toBeGreaterThan(0)
  const delays = series.get('farhand_agent_to_publish_seconds_count') ?? 0
  expect(delays).toBeGreaterThan(0)
  expect(delays).toBeLessThanOrEqual(series.get('farhand_commit_seconds_count') ?? 0)
  expect(series.get('farhand_store_bytes{file="farhand.db"}')).toBeGreaterThan(0)
})

test('what waits, what left, and who was refused are counted', async () => {
  const { socket: agent } = await openAgent(relay)
  agent.disconnect()
  const browser = await relay.openBrowser()
  ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, ...ids(), command: 'later' }))
  const stranger = relay.browser({ token: 'wrong' })
  await new Promise((resolve) => stranger.once('connect_error', resolve))

  const series = await scrape()
  expect(series.get('farhand_commands_waiting')).toBe(1)
  expect(series.get('farhand_connections{kind="agent"}')).toBe(0)
  expect(series.get('farhand_connection_seconds_count{kind="agent"}')).toBe(1)
  expect(series.get('farhand_connections_refused_total{kind="browser",code="UNAUTHENTICATED"}')).toBe(1)
})

test('from elsewhere the metrics need a token, and a proxy on this machine is elsewhere', async () => {
  const forwarded = { 'X-Forwarded-For': '203.0.113.7' }
  expect((await fetch(`${relay.url}/metrics`, { headers: forwarded })).status).toBe(401)
  await scrape({ ...forwarded, Authorization: `Bearer ${OWNER_TOKEN}` })
})

test('no id, name or word of anybody is a label', async () => {
  const { socket: agent } = await openAgent(relay)
  const browser = await relay.openBrowser()
  const { sessionId, commandId } = ids()
  ok(
    await browser.emitWithAck('execute_command', {
      projectId: PROJECT_ID,
      sessionId,
      commandId,
      command: 'canary-word',
    }),
  )
  const end = { kind: 'run_finished', isComplete: true, status: 'error' as const, code: 'CANARY', data: '{}' }
  const entries = collect(browser)
  agent.emit('command_response', responseOf({ sessionId, commandId, n: 1, ...end }))
  await until(() => entries.length > 0)
  const text = await (await fetch(`${relay.url}/metrics`)).text()
  expect(text).toContain('farhand_runs_total{outcome="other"} 1')
  for (const secret of [sessionId, commandId, PROJECT_ID, 'canary-word', 'CANARY', OWNER_TOKEN]) {
    expect(text).not.toContain(secret)
  }
})

test('the age of the last proof of each agent is told, and of one that left nothing is claimed', async () => {
  const agents = async () => {
    const headers = { Authorization: `Bearer ${OWNER_TOKEN}` }
    return (await getJson(`${relay.url}/api/status`, { headers })).body['agents']
  }
  const { socket: agent } = await openAgent(relay)
  agent.emit('agent_status', { claude: { version: '2.1.0' }, runs: [], unsent: 7 })
  const here = { name: 'laptop', host: 'laptop.local', online: true, sinceMs: expect.any(Number) }
  const told = { heardMs: expect.any(Number), claude: { version: '2.1.0', toldMs: expect.any(Number) } }
  await expect.poll(agents, { timeout: PATIENCE_MS }).toEqual([{ ...here, ...told }])
  expect((await scrape()).get('farhand_agent_unsent')).toBe(7)
  agent.disconnect()
  await expect.poll(agents, { timeout: PATIENCE_MS }).toEqual([{ ...here, online: false }])
})

test('the page gets the same as JSON, with a sign-in', async () => {
  expect((await getJson(`${relay.url}/api/status`)).status).toBe(401)
  const { body } = await getJson(`${relay.url}/api/status`, { headers: { Authorization: `Bearer ${OWNER_TOKEN}` } })
  expect(body).toMatchObject({
    ok: true,
    metrics: expect.arrayContaining([expect.objectContaining({ name: 'farhand_connections' })]),
  })
})
