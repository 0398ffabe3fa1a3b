import type { Finding } from '../figures.ts'
import { openCrowd, type CrowdLoad } from '../parts/crowd.ts'
import { until } from '../parts/observer.ts'
import { withRelay } from '../parts/relay.ts'
import { cpuMs } from '../parts/resources.ts'
import { quantile } from '../stats.ts'

/** The first share of what comes is compilation and first writes. */
const WARM_UP_SHARE = 0.2

/** Many conversations that stream at once, each with some people reading, durable at both ends. */
export async function steady(load: CrowdLoad): Promise<Finding> {
  return await withRelay(async (relay) => {
    const agent = await relay.openAgent()
    const crowd = await openCrowd(relay, agent, load)
    const before = { relay: cpuMs(relay.pid()), agent: cpuMs(agent.part.pid) }
    await crowd.begin()
    const { ages, expected } = crowd
    await until(() => ages.length >= expected, 'not all chunks came')
    const chunks = expected / load.observers
    const perChunk = (spentMs: number): number => (spentMs * 1000) / chunks
    const relayCpu = perChunk(cpuMs(relay.pid()) - before.relay)
    const agentCpu = perChunk(cpuMs(agent.part.pid) - before.agent)
    crowd.close()
    const warm = ages.slice(Math.floor(ages.length * WARM_UP_SHARE))
    return {
      title: `steady: ${load.sessions} sessions × ${load.chunksPerSecond} chunks/s × ${load.observers} observers`,
      figures: [
        { name: 'p50', value: quantile(warm, 0.5), unit: 'ms', goal: { atMost: 15 } },
        { name: 'p99', value: quantile(warm, 0.99), unit: 'ms', goal: { atMost: 100 } },
        { name: 'CPU per chunk, relay', value: relayCpu, unit: 'µs' },
        { name: 'CPU per chunk, agent', value: agentCpu, unit: 'µs' },
      ],
    }
  })
}
