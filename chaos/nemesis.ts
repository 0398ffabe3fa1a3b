import { setTimeout as sleep } from 'node:timers/promises'
import { breakDisk } from './disk.ts'
import type { History } from './history.ts'
import type { Links, Shared } from './links.ts'
import type { Load } from './load/load.ts'
import type { Fault } from './plan.ts'
import type { Proxy } from './proxy.ts'
import type { TestRedis } from '../packages/server/test/redis.ts'
import type { Tier, Tiers } from './tiers.ts'

/**
 * How often each fault was made, and hit somebody: of links, how many connections; of disks also how many calls failed or
 * waited. What this machine cannot do stays at 0.
 */
export type FaultCounts = Record<Fault['type'] | 'diskCalls' | 'database', number>

type Victims = { tiers: Tiers; shared: Shared; load: Pick<Load, 'guest'>; history: History }

/** Whom a fault hits: of several relays, of several agents, and of the links of several relays one after the other. */
type Whom = { tier(tier: 'relay' | 'agent'): Tier; links(): Links | undefined }

export function noFaults(): FaultCounts {
  return {
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
    database: 0,
    clock: 0,
    sleep: 0,
    revoke: 0,
    redis: 0,
    rolling: 0,
    apart: 0,
  }
}

/**
 * Does one fault after the other until they are done or `deadline` (of `performance.now`) has come, and counts them as
 * they are made: also where one of them can't be ended, and this rejects.
 */
export async function inflict(
  faults: readonly Fault[],
  victims: Victims,
  deadline: number,
  counts: FaultCounts,
): Promise<void> {
  const whom = takeTurns(victims)
  for (const fault of faults) {
    await sleep(fault.afterMs)
    if (performance.now() > deadline) break
    victims.history.write({ ev: 'fault', what: JSON.stringify(fault) })
    await inflictOne(fault, victims, whom, counts)
    countConnections(victims.tiers, counts)
  }
}

function takeTurns({ tiers: { relays, relay, machines, agent }, shared: { links } }: Victims): Whom {
  const [nextRelay, nextMachine, nextLinks] = [inTurn(relays), inTurn(machines), inTurn(links)]
  return {
    tier: (tier) => (tier === 'agent' ? (nextMachine()?.agent ?? agent) : (nextRelay() ?? relay)),
    links: nextLinks,
  }
}

function inTurn<T>(all: readonly T[]): () => T | undefined {
  let turn = 0
  return () => all[turn++ % all.length]
}

/** As the proxies saw it: a fault of a link on which nobody was is none. */
function countConnections({ hops }: Pick<Tiers, 'hops'>, counts: FaultCounts): void {
  const all = [hops.browser.counts, hops.agent.counts]
  const sum = (of: (one: Proxy['counts']) => number): number => all.reduce((total, one) => total + of(one), 0)
  counts.cut = sum(({ cuts }) => cuts)
  counts.halfOpen = sum(({ halfOpens }) => halfOpens)
  counts.truncate = sum(({ truncations }) => truncations)
  counts.duplicate = sum(({ duplicates }) => duplicates)
}

async function inflictOne(fault: Fault, victims: Victims, whom: Whom, counts: FaultCounts): Promise<void> {
  const { tiers, shared, load } = victims
  switch (fault.type) {
    case 'kill':
      await killFor(fault, whom, counts)
      return
    case 'pause':
      await stopFor(whom.tier(fault.tier), fault.ms)
      break
    case 'cut':
      tiers.hops[fault.hop].cut(fault.how)
      return
    case 'halfOpen':
      tiers.hops[fault.hop].halfOpen()
      return
    case 'truncate':
      tiers.hops[fault.hop].truncate(fault.direction, fault.bytes)
      return
    case 'duplicate':
      tiers.hops[fault.hop].duplicateOpenings()
      return
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
      await spoilDisk(fault, whom, counts)
      return
    case 'clock':
      if (tiers.agent.clock === undefined) return
      whom.tier(fault.tier).clock?.jump(fault.jumpMs)
      break
    case 'sleep':
      if (tiers.agent.clock === undefined) return
      await sleepFor(whom.tier('agent'), fault)
      break
    case 'revoke':
      if (!(await load.guest(fault.ms))) return
      break
    case 'redis':
      if (shared.redis === undefined) return
      await spoilRedis(fault, shared.redis)
      break
    case 'apart':
      if (!(await setApart(fault, whom.links()))) return
      break
    case 'rolling':
      for (const relay of tiers.relays) {
        await relay.stop()
        await relay.start()
      }
      break
    default:
      fault satisfies never
  }
  counts[fault.type] += 1
}

type OneOf<T extends Fault['type']> = Extract<Fault, { type: T }>

async function killFor({ tier, downMs }: OneOf<'kill'>, whom: Whom, counts: FaultCounts): Promise<void> {
  const victims = tier === 'both' ? [whom.tier('relay'), whom.tier('agent')] : [whom.tier(tier)]
  counts.kill += victims.filter((victim) => victim.alive()).length
  await Promise.all(victims.map((victim) => victim.kill()))
  await sleep(downMs)
  await Promise.all(victims.map((victim) => victim.start()))
}

async function stopFor(tier: Tier, ms: number, meanwhile: () => void = () => {}): Promise<void> {
  tier.signal('SIGSTOP')
  meanwhile()
  await sleep(ms)
  tier.signal('SIGCONT')
}

async function sleepFor(agent: Tier, { ms, jumpMs }: OneOf<'sleep'>): Promise<void> {
  await stopFor(agent, ms, () => agent.clock?.jump(jumpMs))
}

async function spoilDisk({ tier, fault, ms, thenKill }: OneOf<'disk'>, whom: Whom, counts: FaultCounts) {
  const victim = whom.tier(tier)
  const pid = victim.pid()
  const broken = pid === undefined ? undefined : await breakDisk(pid, victim.files, fault)
  if (broken === undefined) return
  await sleep(ms)
  if (thenKill) {
    counts.kill += Number(victim.alive())
    await victim.kill()
  }
  await broken.heal()
  counts.disk += 1
  counts.diskCalls += broken.hits()
  if (thenKill) await victim.start()
}

/** Answers whether there was anything to lose. */
async function setApart({ from, how, ms }: OneOf<'apart'>, links: Links | undefined): Promise<boolean> {
  if (links === undefined) return false
  if (how === 'halfOpen') {
    links[from].halfOpen() // it notices by itself
    return true
  }
  links[from].shut(how)
  await sleep(ms)
  links[from].heal()
  return true
}

async function spoilRedis({ how, ms }: OneOf<'redis'>, redis: TestRedis): Promise<void> {
  if (how === 'pause') redis.signal('SIGSTOP')
  else await redis.kill()
  await sleep(ms)
  if (how === 'pause') redis.signal('SIGCONT')
  else await redis.start()
}
