import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { JUMP_LAG_MS } from '../clock.ts'
import { lines, openStage } from './stage.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const TEST_MS = 120_000
/** With a heartbeat a second: the relay has given the silent agent up. */
const GIVEN_UP_MS = 9_500

test(
  '[F37] the relay’s clock jumps by hours, forth and back: nobody is signed out, everything goes on',
  { timeout: TEST_MS },
  async () => {
    const stage = await openStage({ clocks: true })
    const { relay, agent } = stage.tiers
    await relay.start()
    await agent.start()
    const { load, sessionIds, judge } = await stage.open()
    const [first = '', second = ''] = sessionIds
    load.command(first, lines(150, 20))
    await reads(load, 5)
    const { connections } = stage.tiers.hops.browser.counts
    for (const jumpMs of [HOUR_MS, -2 * HOUR_MS, 3 * HOUR_MS]) {
      relay.clock?.jump(jumpMs)
      await sleep(JUMP_LAG_MS)
      load.command(second, lines(10, 5))
    }
    expect(stage.tiers.hops.browser.counts.connections, 'nobody dialled again').toBe(connections)
    expect(stage.printed('agent')).not.toMatch(/Disconnected/)
    await load.guest(JUMP_LAG_MS)
    expect(await judge()).toEqual([])
  },
)

test(
  '[F48] an agent whose clock is wrong by a day, and is put right in the middle of a run, loses nothing',
  { timeout: TEST_MS },
  async () => {
    const stage = await openStage({ clocks: true })
    const { relay, agent } = stage.tiers
    agent.clock?.jump(DAY_MS)
    await relay.start()
    await agent.start()
    const { load, sessionIds, judge } = await stage.open()
    const [first = ''] = sessionIds
    const id = load.command(first, lines(900, 20)) // long enough that it still runs then on a slow machine
    await reads(load, 5)
    agent.clock?.jump(-2 * DAY_MS)
    await sleep(JUMP_LAG_MS)
    // Previews go on: a frame that ends “in two days” would hold them back until the end.
    await reads(load, Math.max(...load.cursors()) + 5)
    expect(load.isOpen(id)).toBe(true)
    load.command(first, 'append one line to skewed.txt')
    expect(await judge()).toEqual([])
  },
)

test(
  '[F47] after hours of sleep in the middle of a run the agent is back within 10 s and the run goes on',
  { timeout: TEST_MS },
  async () => {
    const stage = await openStage({ clocks: true })
    const { relay, agent } = stage.tiers
    await relay.start({ WS_HEARTBEAT_INTERVAL: '1000' })
    await agent.start()
    const { load, sessionIds, judge } = await stage.open()
    const id = load.command(sessionIds[0] ?? '', lines(180, 80))
    await reads(load, 5)
    agent.signal('SIGSTOP')
    agent.clock?.jump(8 * HOUR_MS)
    await sleep(GIVEN_UP_MS)
    const wokeAt = performance.now()
    agent.signal('SIGCONT')
    await stage.says('agent', /Disconnected[^]*Connected/)
    expect(performance.now() - wokeAt).toBeLessThan(10_000)
    expect(load.isOpen(id), 'time asleep is not time without a sign of life').toBe(true)
    expect(await judge()).toEqual([])
  },
)

test('[F85] clocks of relay and clients that differ by a day make no difference', { timeout: TEST_MS }, async () => {
  const stage = await openStage({ clocks: true })
  const { relay, agent } = stage.tiers
  relay.clock?.jump(-DAY_MS)
  await relay.start()
  await agent.start()
  const { load, sessionIds, judge } = await stage.open()
  load.command(sessionIds[0] ?? '', lines(20, 5))
  load.command(sessionIds[1] ?? '', 'append one line to differ.txt')
  await load.guest(500)
  expect(await judge()).toEqual([])
})

async function reads(load: { cursors(): number[] }, seq: number): Promise<void> {
  await expect.poll(() => Math.min(...load.cursors()), { timeout: 15_000, interval: 20 }).toBeGreaterThan(seq)
}
