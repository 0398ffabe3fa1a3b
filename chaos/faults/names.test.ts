import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openStage } from './stage.ts'

const TEST_MS = 60_000

const RECONNECT_MS = 5_000
const BETWEEN_MS = 1_000

test(
  '[F18] a name that cannot be resolved is told; when it can be (again), the agent is there within 5 s',
  { timeout: TEST_MS },
  async () => {
    const stage = await openStage()
    const { tiers } = stage
    const hosts = join(stage.directory, 'hosts')
    const online = (is: boolean) => writeFileSync(hosts, is ? '127.0.0.1 relay.test\n' : '')
    online(false)
    await tiers.relay.start()
    const ready = tiers.agent.start({
      SERVER_URL: `http://relay.test:${tiers.hops.agent.port}`,
      HOSTS_FILE: hosts,
      NODE_OPTIONS: `--import=${join(import.meta.dirname, 'lookup.ts')}`,
    })
    await stage.says('agent', /^UNREACHABLE: The name relay\.test cannot be resolved/m)

    online(true)
    const since = performance.now()
    await ready
    expect(performance.now() - since).toBeLessThan(RECONNECT_MS)

    // From one network to another: what was connected is dead, and names can be resolved again a little later.
    online(false)
    tiers.hops.agent.cut('rst')
    await sleep(BETWEEN_MS)
    online(true)
    const returned = performance.now()
    await stage.says('agent', /Disconnected[^]*Connected to/)
    expect(performance.now() - returned).toBeLessThan(RECONNECT_MS)
  },
)
