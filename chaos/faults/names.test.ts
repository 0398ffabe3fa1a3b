import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openStage } from './stage.ts'

const TEST_MS = 60_000

const RECONNECT_MS = 5_000
const BETWEEN_MS = 1_000

test(
  '[F18] a name that cannot be resolved is told; when it can be, the agent is there within 5 s',
  { timeout: TEST_MS },
  async () => {
    const { stage, online, start } = await openNames()
    online(false)
    const ready = start()
    await stage.says('agent', /^UNREACHABLE: The name relay\.test cannot be resolved/m)
    online(true)
    const since = performance.now()
    await ready
    expect(performance.now() - since).toBeLessThan(RECONNECT_MS)
  },
)

// An agent of its own: who has just failed to connect several times waits longer (`reconnectDelay`).
test(
  '[F18] from one network to another, when names can be resolved a little later, the agent is back within 5 s',
  { timeout: TEST_MS },
  async () => {
    const { stage, online, start } = await openNames()
    online(true)
    await start()
    // What is open is dead, and nothing new gets through: an agent on long polling may have nothing open to be cut.
    online(false)
    stage.tiers.hops.agent.shut('refused')
    await sleep(BETWEEN_MS)
    stage.tiers.hops.agent.heal()
    online(true)
    const returned = performance.now()
    await stage.says('agent', /Disconnected[^]*Connected to/)
    expect(performance.now() - returned).toBeLessThan(RECONNECT_MS)
  },
)

/** A relay that the agent knows by a name alone. */
async function openNames() {
  const stage = await openStage()
  const { tiers } = stage
  const hosts = join(stage.directory, 'hosts')
  await tiers.relay.start()
  return {
    stage,
    online: (is: boolean) => writeFileSync(hosts, is ? '127.0.0.1 relay.test\n' : ''),
    start: () =>
      tiers.agent.start({
        SERVER_URL: `http://relay.test:${tiers.hops.agent.port}`,
        HOSTS_FILE: hosts,
        NODE_OPTIONS: ['lookup.ts', 'evenChance.ts']
          .map((name) => `--import=${join(import.meta.dirname, name)}`)
          .join(' '),
      }),
  }
}
