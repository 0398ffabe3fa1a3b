import { setTimeout as sleep } from 'node:timers/promises'
import { breakDisk } from './disk.ts'
import type { History } from './history.ts'
import type { Load } from './load/load.ts'
import type { Fault } from './plan.ts'
import type { Tiers } from './tiers.ts'

/** How often each fault was made; of disks, how many calls failed or waited. What this machine cannot do stays at 0. */
export type FaultCounts = Record<Fault['type'] | 'diskCalls', number>

type Victims = { tiers: Tiers; load: Pick<Load, 'guest'>; history: History }

/** Does one fault after the other until they are done or `deadline` (of `performance.now`) has come. */
export async function inflict(faults: readonly Fault[], victims: Victims, deadline: number): Promise<FaultCounts> {
  const counts: FaultCounts = {
    kill: 0,
    pause: 0,
    cut: 0,
    halfOpen: 0,
    truncate: 0,
    duplicate: 0,
    delay: 0,
    throttle: 0,
    loss: 0,
    disk: 0,
    diskCalls: 0,
    clock: 0,
    sleep: 0,
    revoke: 0,
  }
  for (const fault of faults) {
    await sleep(fault.afterMs)
    if (performance.now() > deadline) break
    victims.history.write({ ev: 'fault', what: JSON.stringify(fault) })
    await inflictOne(fault, victims, counts)
  }
  return counts
}

async function inflictOne(fault: Fault, victims: Victims, counts: FaultCounts): Promise<void> {
  const { tiers, load } = victims
  switch (fault.type) {
    case 'kill':
      await killFor(fault, tiers, counts)
      return
    case 'pause':
      await stopFor(tiers[fault.tier], fault.ms)
      break
    case 'cut':
      tiers.hops[fault.hop].cut(fault.how)
      break
    case 'halfOpen':
      tiers.hops[fault.hop].halfOpen()
      break
    case 'truncate':
      tiers.hops[fault.hop].truncate(fault.direction, fault.bytes)
      break
    case 'duplicate':
      tiers.hops[fault.hop].duplicateOpenings()
      break
    case 'delay':
      tiers.hops[fault.hop].delay(fault.delayMs)
      await sleep(fault.ms)
      tiers.hops[fault.hop].delay(0)
      break
    case 'throttle':
      tiers.hops[fault.hop].throttle(fault.bytesPerSecond)
      await sleep(fault.ms)
      tiers.hops[fault.hop].throttle(0)
      break
    case 'loss':
      tiers.hops[fault.hop].lose(fault.percent)
      await sleep(fault.ms)
      tiers.hops[fault.hop].lose(0)
      break
    case 'disk':
      await spoilDisk(fault, tiers, counts)
      return
    case 'clock':
      if (tiers[fault.tier].clock === undefined) return
      tiers[fault.tier].clock?.jump(fault.jumpMs)
      break
    case 'sleep':
      if (tiers.agent.clock === undefined) return
      await stopFor(tiers.agent, fault.ms, () => tiers.agent.clock?.jump(fault.jumpMs))
      break
    case 'revoke':
      await load.guest(fault.ms)
      break
    default:
      fault satisfies never
  }
  counts[fault.type] += 1
}

type OneOf<T extends Fault['type']> = Extract<Fault, { type: T }>

async function killFor({ tier, downMs }: OneOf<'kill'>, tiers: Tiers, counts: FaultCounts): Promise<void> {
  const victims = tier === 'both' ? [tiers.relay, tiers.agent] : [tiers[tier]]
  await Promise.all(victims.map((victim) => victim.kill()))
  counts.kill += victims.length
  await sleep(downMs)
  await Promise.all(victims.map((victim) => victim.start()))
}

async function stopFor(tier: Tiers['relay'], ms: number, meanwhile: () => void = () => {}): Promise<void> {
  tier.signal('SIGSTOP')
  meanwhile()
  await sleep(ms)
  tier.signal('SIGCONT')
}

async function spoilDisk({ tier, fault, ms, thenKill }: OneOf<'disk'>, tiers: Tiers, counts: FaultCounts) {
  const victim = tiers[tier]
  const pid = victim.pid()
  const broken = pid === undefined ? undefined : await breakDisk(pid, victim.files, fault)
  if (broken === undefined) return
  await sleep(ms)
  if (thenKill) {
    await victim.kill()
    counts.kill += 1
  }
  await broken.heal()
  counts.disk += 1
  counts.diskCalls += broken.hits()
  if (thenKill) await victim.start()
}
