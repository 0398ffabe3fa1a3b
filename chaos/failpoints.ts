import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { seededRandom } from '../packages/shared/src/testing/random.ts'
import { checkHistory } from './check-history.ts'
import { COMMITTED_BEFORE_HELLO_MS } from './checks/cancels.ts'
import { dumpStore } from './dump.ts'
import { openHistory, readHistory } from './history.ts'
import { openLoad, type Load } from './load/load.ts'
import { placesOf } from './load/places.ts'
import { waitForQuiet } from './quiet.ts'
import { openTiers, type Tier, type Tiers } from './tiers.ts'

/**
 * Every arrow of commit → acknowledge → publish, and how often it is passed before the kill. The first passes are those
 * of the start; a later one is in the middle of the work.
 */
export const FAIL_POINTS = {
  relay: {
    'relay.append.beforeCommit': [1, 4],
    'relay.append.betweenRows': [2, 9],
    'relay.append.afterCommit': [1, 4],
    'relay.publish.before': [1, 4],
    'relay.ack.before': [8, 20],
    'relay.ack.after': [8, 20],
    'relay.ackResponses.before': [1, 5],
    'relay.ackResponses.after': [1, 5],
    'relay.hello.afterCommit': [1],
    'relay.deliver.beforeSend': [1, 2],
    'relay.deliver.afterAck': [1, 2],
  },
  agent: {
    'agent.hello.beforeSend': [1],
    'agent.hello.afterAnswer': [1],
    'agent.inbox.beforeCommit': [1, 2],
    'agent.inbox.afterCommit': [1, 2],
    'agent.inbox.afterAck': [1, 2],
    'agent.run.beforeStart': [1],
    'agent.run.afterStart': [1],
    'agent.run.afterPrompt': [1],
    'agent.commit.before': [2, 8],
    'agent.commit.after': [2, 8],
    'agent.drain.beforeSend': [1, 6],
    'agent.drain.afterSend': [1, 6],
    'agent.run.beforeConclude': [1],
    'agent.run.afterConclude': [1],
  },
} as const satisfies Record<'relay' | 'agent', Record<string, readonly number[]>>

export const FIRST_START = 'relay.migrate.beforeCommit'
/** Passed where a request outlives its agent and is decided then, or after hours; this play does not bring that about. */
export const PLAYED_ELSEWHERE = {
  'agent.takeUp.beforeLaunch': 'packages/agent/test/durable.test.ts',
  'relay.retire.afterCommit': 'packages/server/test/sweepingKills.long.test.ts',
  'relay.erase.afterSlice': 'packages/server/test/sweepingKills.long.test.ts',
  'relay.compact.betweenTables': 'packages/server/test/sweepingKills.long.test.ts',
  'relay.compact.afterSlice': 'packages/server/test/sweepingKills.long.test.ts',
} as const
const REACH_MS = 45_000
const QUIET_MS = 90_000
const QUIET_LASTS_MS = 1_000
/** At the end: heads are told every 5 s. */
const REST_LASTS_MS = 6_000
const CANCEL_MS = 400
/** How long after a command and its cancel were sent the agent is killed. */
const BEGINNING_MS = [30, 60, 120]

/** `node chaos/failpoints.ts [--only name]`: kills at each point once, starts again, and checks the whole history. */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } })
  const directory = await mkdtemp(join(tmpdir(), 'farhand-failpoints-'))
  const file = join(directory, 'history.jsonl')
  const history = openHistory(file)
  history.write({ ev: 'run', seed: 0, minutes: 0 })
  const tiers = await openTiers({ directory, history })
  const random = seededRandom(1)
  const problems: string[] = []
  let kills = 1 // the first start
  try {
    await killFirstStart(tiers)
    await tiers.relay.start()
    await tiers.agent.start()
    const sessionIds = [random.uuid(), random.uuid()]
    const places = await placesOf(tiers, sessionIds)
    const load = openLoad({ tiers, history, random, places, directory, observers: 2 })
    for (const { tier, point, count } of plan(values.only)) {
      const name = `${point}:kill@${count}`
      history.write({ ev: 'fault', what: name })
      const problem = await passPoint(tiers, tiers[tier], load, sessionIds, name)
      process.stdout.write(`${name} ${problem ?? 'ok'}\n`)
      if (problem === undefined) kills += 1
      else problems.push(`${name} ${problem}`)
    }
    kills += await killAtBeginnings(tiers, load, sessionIds[0] ?? '')
    if (!(await waitForQuiet(load, { lastsMs: REST_LASTS_MS, limitMs: QUIET_MS }))) problems.push('no quiet at the end')
    load.settle()
    const dump = dumpStore(tiers.dataDir)
    await writeFile(join(directory, 'dump.json'), JSON.stringify(dump))
    load.close()
    const violations = checkHistory(readHistory([file]), dump)
    for (const { rule, name, detail } of violations) problems.push(`${rule} ${name}: ${detail}`)
    const { commands } = load.counts()
    process.stdout.write(
      `${kills} kills, ${commands} commands, ${dump.entries.length} entries, ${violations.length} violations\n`,
    )
  } finally {
    await tiers.close()
    history.close()
  }
  for (const problem of problems) process.stdout.write(`${problem}\n`)
  if (problems.length === 0) await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  else process.stdout.write(`kept: ${directory}\n`)
  return problems.length === 0 ? 0 : 1
}

/** In the middle of making the tables; what it leaves behind must be no obstacle. */
async function killFirstStart({ relay }: Tiers): Promise<void> {
  await relay.start({ FARHAND_FAILPOINT: `${FIRST_START}:kill@1` })
  if (relay.alive()) throw new Error(`${FIRST_START} was not reached`)
  process.stdout.write(`${FIRST_START}:kill@1 ok\n`)
}

function plan(only: string): { tier: 'relay' | 'agent'; point: string; count: number }[] {
  return (['relay', 'agent'] as const).flatMap((tier) =>
    Object.entries<readonly number[]>(FAIL_POINTS[tier])
      .filter(([point]) => point.includes(only))
      .flatMap(([point, counts]) => counts.map((count) => ({ tier, point, count }))),
  )
}

/** Answers what went wrong, if anything did. */
async function passPoint(
  tiers: Tiers,
  tier: Tier,
  load: Load,
  sessionIds: readonly string[],
  name: string,
): Promise<string | undefined> {
  await tier.kill()
  await tier.start({ FARHAND_FAILPOINT: name })
  const [first = '', second = ''] = sessionIds
  const mark = (): string => crypto.randomUUID().slice(0, 8)
  load.command(first, `lines 40 10 ms for ${mark()}`)
  load.command(second, `append one line to t${mark()}.txt`)
  load.command(second, `lines 60 10 ms for ${mark()}`, { cancelAfterMs: CANCEL_MS })
  const reached = await Promise.race([tier.ended().then(() => true), sleep(REACH_MS, false)])
  if (!reached) await tier.kill()
  await tier.start()
  if (!tiers.agent.alive() || !tiers.relay.alive()) return 'a tier is gone'
  const quiet = await waitForQuiet(load, { lastsMs: QUIET_LASTS_MS, limitMs: QUIET_MS })
  if (!quiet) return 'did not come to rest'
  return reached ? undefined : 'was not reached'
}

/**
 * A command with a process of its own begins only when the one before it has ended. In that time its cancel is
 * acknowledged and the agent dies: the cancel must not be forgotten. Answers how often that was done.
 */
async function killAtBeginnings({ agent }: Tiers, load: Load, sessionId: string): Promise<number> {
  for (const ms of BEGINNING_MS) {
    load.command(sessionId, `lines 3 5 ms for ${crypto.randomUUID().slice(0, 8)}`, { ownProcess: true })
    await waitForQuiet(load, { lastsMs: QUIET_LASTS_MS, limitMs: QUIET_MS })
    load.command(sessionId, `lines 40 10 ms for ${crypto.randomUUID().slice(0, 8)}`, {
      ownProcess: true,
      cancelAfterMs: 0,
    })
    await sleep(ms)
    await agent.kill()
    await sleep(COMMITTED_BEFORE_HELLO_MS) // so that nobody can say the cancel came too late
    await agent.start()
    await waitForQuiet(load, { lastsMs: QUIET_LASTS_MS, limitMs: QUIET_MS })
    process.stdout.write(`killed ${ms} ms after a command and its cancel\n`)
  }
  return BEGINNING_MS.length
}

if (import.meta.main) process.exit(await main())
