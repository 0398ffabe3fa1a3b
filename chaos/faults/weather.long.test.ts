import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { openProxy } from '../proxy.ts'
import { lines, openStage, PEOPLE, type Play, type Stage } from './stage.ts'

const BACK_MS = 3_000
const HEARTBEAT_MS = 1_000
const TEST_MS = 120_000

test(
  '[F04] a link cut in the middle of a stream has caught up within 3 s of its return',
  { timeout: TEST_MS },
  async () => {
    const { tiers, play } = await connected()
    const [sessionId = ''] = play.sessionIds
    const id = play.load.command(sessionId, lines(400, 10))
    await expect.poll(() => play.load.cursors()[0] ?? 0, { timeout: 15_000, interval: 20 }).toBeGreaterThan(5)
    for (const hop of ['browser', 'agent'] as const) {
      tiers.hops[hop].cut('rst')
      const cutAt = performance.now()
      const before = Math.max(...play.load.cursors())
      // Everybody reads on behind what anybody had read when the link was cut.
      await expect
        .poll(() => Math.min(...play.load.cursors()), { timeout: BACK_MS, interval: 10 })
        .toBeGreaterThan(before)
      expect(performance.now() - cutAt).toBeLessThan(BACK_MS)
    }
    expect(play.load.isOpen(id), 'it was in the middle of a stream').toBe(true)
    expect(await play.judge()).toEqual([])
  },
)

test(
  '[F13] with round trips of 2 to 3 s and 5 % of packets lost nobody is disconnected',
  { timeout: TEST_MS },
  async () => {
    const { tiers, play, stage } = await connected()
    const { browser, agent } = tiers.hops
    for (const hop of [browser, agent]) {
      hop.delay(1_000, 500)
      hop.lose(5)
    }
    const before = { browser: browser.counts.connections, agent: agent.counts.connections }
    play.load.command(play.sessionIds[0] ?? '', lines(200, 10))
    await sleep(2 * HEARTBEAT_MS)
    expect(await play.judge()).toEqual([])
    // They dialled through that weather, each once, and stayed.
    expect(browser.counts.connections).toBe(before.browser + PEOPLE)
    expect(agent.counts.connections).toBe(before.agent)
    expect(browser.counts.losses + agent.counts.losses).toBeGreaterThan(0)
    expect(stage.printed('agent')).not.toMatch(/Disconnected/)
  },
)

test('[F15] a proxy that ends idle connections ends none that has heartbeats', { timeout: TEST_MS }, async () => {
  // One to ten: a heartbeat a second, and a limit of 3 s, as ten seconds are to half a minute.
  const { proxy } = await behindIdleProxy(3 * HEARTBEAT_MS, { WS_HEARTBEAT_INTERVAL: String(HEARTBEAT_MS) })
  await sleep(3 * 3 * HEARTBEAT_MS)
  expect(proxy.counts).toMatchObject({ connections: 1, idles: 0 })
})

test('[F15] one that is more impatient than the heartbeats loses nothing', { timeout: TEST_MS }, async () => {
  const { proxy, play } = await behindIdleProxy(HEARTBEAT_MS)
  const say = () => play.load.command(play.sessionIds[0] ?? '', lines(30, 10))
  say()
  await expect.poll(() => proxy.counts.idles, { timeout: 15_000 }).toBeGreaterThan(1)
  say()
  expect(await play.judge()).toEqual([])
})

async function connected(): Promise<{ stage: Stage; tiers: Stage['tiers']; play: Play }> {
  const stage = await openStage()
  await stage.tiers.relay.start()
  await stage.tiers.agent.start()
  return { stage, tiers: stage.tiers, play: await stage.open() }
}

/** The agent dials through one more proxy. */
async function behindIdleProxy(idleMs: number, relayEnv: Record<string, string> = {}) {
  const stage = await openStage()
  await stage.tiers.relay.start(relayEnv)
  const proxy = await openProxy({ host: '127.0.0.1', port: stage.tiers.hops.agent.port }, { idleMs })
  onTestFinished(proxy.close)
  await stage.tiers.agent.start({ SERVER_URL: `http://127.0.0.1:${proxy.port}` })
  return { proxy, play: await stage.open() }
}
