import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { seededRandom } from '../packages/shared/src/testing/random.ts'
import { checkHistory } from './check-history.ts'
import type { Violation } from './checks/evidence.ts'
import { hasDiskFaults } from './disk.ts'
import { dumpStore } from './dump.ts'
import { missingFor, openGround, type Below } from './ground.ts'
import { openHistory, readHistory, type HistoryRecord } from './history.ts'
import { openLoad, type Load } from './load/load.ts'
import { placesOf } from './load/places.ts'
import { inflict, noFaults, type FaultCounts } from './nemesis.ts'
import { planFaults } from './plan.ts'
import { heal, waitForQuiet } from './quiet.ts'
import { openTiers } from './tiers.ts'

const HELP = `npm run chaos -- [--minutes M] [--seed S] [--short] [--postgres | --cluster] [--if-installed]
                 [--machines N] [--keep]

Starts the relay, agents on some machines (two) with the real Claude Code, and a scripted model; lets people work with
them while processes are killed and links are cut; heals, waits for quiet, and checks the history. Exit 1: a promise was
broken. --postgres: the log is in a Postgres that crashes as well. --cluster: besides, there are two relays, and what they
tell each other through a Redis, which dies and stands still; and each of them alone loses the one or the other.
--if-installed: where Postgres or Redis is not, that is told, and nothing is run.`

const SHORT_MINUTES = 0.5
const MACHINES = 2
const SESSIONS = 3
const OBSERVERS = 3
const MAX_SAY_PAUSE_MS = 1_500
const QUIET_MS = 150_000
/** Quiet for so long: heads are told every 5 s, and reveal a lost tail. */
const QUIET_LASTS_MS = 6_000

export type ChaosOptions = { minutes: number; seed: number; directory: string; below?: Below; machines?: number }

export type ChaosResult = {
  faults: FaultCounts
  said: ReturnType<Load['counts']>
  entries: number
  /** How often each refusal was told. */
  refusals: Record<string, number>
  reachedQuiet: boolean
  /** What kept the run from going on to its end; what had happened until then is judged all the same. */
  broken: string | undefined
  violations: Violation[]
}

/** One run in `directory`, which then holds the histories, the dump and the logs. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { minutes, seed, directory, below = 'sqlite', machines = MACHINES } = options
  const historyFile = join(directory, 'history.jsonl')
  const history = openHistory(historyFile)
  history.write({ ev: 'run', seed, minutes })
  const { database, shared, relayEnvs, close } = await openGround(below, directory)
  const tiers = await openTiers({ directory, history, clocks: true, relayEnvs, machines })
  const random = seededRandom(seed)
  const faults = noFaults()
  let load: Load | undefined
  let broken: string | undefined
  let reachedQuiet = false
  try {
    await Promise.all(tiers.relays.map((relay) => relay.start()))
    await Promise.all(tiers.machines.map(({ agent }) => agent.start()))
    const sessionIds = Array.from({ length: SESSIONS }, () => random.uuid())
    const places = await placesOf(tiers, sessionIds)
    load = openLoad({ tiers, history, places, directory, observers: OBSERVERS, random: seededRandom(seed + 1) })
    const durationMs = minutes * 60_000
    const deadline = performance.now() + durationMs
    const worked = work(load, seededRandom(seed + 2), deadline)
    const plan = planFaults(random, durationMs, below === 'cluster')
    const inflicted = inflict(plan, { tiers, shared, load, history }, deadline, faults)
    const crashed = database?.crash(seededRandom(seed + 3), history, deadline, faults)
    broken = await Promise.all([worked, inflicted, crashed]).then(() => undefined, reasonOf)
    await worked // nobody says anything more
    await heal(tiers, history, shared)
    reachedQuiet = await waitForQuiet(load, { lastsMs: QUIET_LASTS_MS, limitMs: QUIET_MS })
    load.settle()
  } catch (error) {
    broken ??= reasonOf(error)
  }
  try {
    const dump = database === undefined ? dumpStore(tiers.dataDir) : await database.dump()
    await writeFile(join(directory, 'dump.json'), JSON.stringify(dump))
    load?.close()
    const records = readHistory([historyFile])
    const violations = checkHistory(records, dump)
    const said = load?.counts() ?? NOTHING_SAID
    const refusals = countRefusals(records)
    return { faults, said, entries: dump.entries.length, refusals, reachedQuiet, broken, violations }
  } finally {
    await tiers.close()
    await close()
    history.close()
  }
}

const NOTHING_SAID: ReturnType<Load['counts']> = { commands: 0, cancels: 0, decisions: 0 }

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function countRefusals(records: readonly HistoryRecord[]): Record<string, number> {
  const codes = records.flatMap((record) => (record.ev === 'refused' || record.ev === 'putOff' ? [record.code] : []))
  return Object.fromEntries([...Map.groupBy(codes, (code) => code)].map(([code, all]) => [code, all.length]))
}

async function work(load: Load, random: ReturnType<typeof seededRandom>, deadline: number): Promise<void> {
  while (performance.now() < deadline) {
    load.something()
    await sleep(random.int(MAX_SAY_PAUSE_MS))
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '2' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      short: { type: 'boolean', default: false },
      postgres: { type: 'boolean', default: false },
      cluster: { type: 'boolean', default: false },
      machines: { type: 'string', default: String(MACHINES) },
      'if-installed': { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(`${HELP}\n`)
    return 0
  }
  const seed = Number(values.seed)
  const minutes = values.short ? SHORT_MINUTES : Number(values.minutes)
  const machines = Number(values.machines)
  const isWhole = Number.isSafeInteger(seed) && Number.isSafeInteger(machines) && machines > 0
  if (!isWhole || !(minutes > 0)) throw new Error(HELP)
  const below = values.cluster ? 'cluster' : values.postgres ? 'postgres' : 'sqlite'
  const missing = values['if-installed'] ? missingFor(below) : undefined
  if (missing !== undefined) {
    process.stdout.write(`${missing}\n`)
    return 0
  }
  const directory = await mkdtemp(join(tmpdir(), 'farhand-chaos-'))
  process.stdout.write(`seed ${seed}, ${minutes} min\n`)
  const result = await runChaos({ minutes, seed, directory, below, machines }).catch((error: unknown) => {
    process.stdout.write(howToReplay({ directory, seed, minutes, below, machines })) // not even the dump could be made
    throw error
  })
  const passed = result.violations.length === 0 && result.reachedQuiet && result.broken === undefined
  process.stdout.write(`${describe(result)}\n`)
  if (passed && !values.keep) await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  else process.stdout.write(howToReplay({ directory, seed, minutes, below, machines }))
  return passed ? 0 : 1
}

function describe({ faults, said, entries, refusals, reachedQuiet, broken, violations }: ChaosResult): string {
  return [
    ...violations.map(({ rule, name, detail }) => `${rule} ${name}: ${detail}`),
    ...(broken === undefined ? [] : [`the run did not come to its end: ${broken}`]),
    ...(reachedQuiet ? [] : ['quiet was not reached in time']),
    `faults: ${list(faults)}`,
    ...(hasDiskFaults() ? [] : ['no faults of disks: strace is not installed']),
    `load: ${said.commands} commands, ${said.cancels} cancels, ${said.decisions} decisions, ${entries} entries`,
    `refusals: ${list(refusals)}`,
    `${violations.length} violations`,
  ].join('\n')
}

function list(counts: Record<string, number>): string {
  const parts = Object.entries(counts).map(([name, count]) => `${name} ${count}`)
  return parts.join(', ') || 'none'
}

function howToReplay({ directory, seed, minutes, below = 'sqlite', machines = MACHINES }: ChaosOptions): string {
  return [
    `kept: ${directory} (history.jsonl, dump.json, relay.log, agent.log)`,
    `again: npm run chaos -- --seed ${seed} --minutes ${minutes}${below === 'sqlite' ? '' : ` --${below}`}${machines === MACHINES ? '' : ` --machines ${machines}`}`,
    `check: node chaos/check-history.ts ${directory}/dump.json ${directory}/history.jsonl`,
    '',
  ].join('\n')
}

if (import.meta.main) {
  // Whatever hangs (a client's timer, a socket), the verdict is said and the process ends.
  process.exit(await main())
}
