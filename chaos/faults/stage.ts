import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { seededRandom } from '../../packages/shared/src/testing/random.ts'
import { checkHistory } from '../check-history.ts'
import type { Violation } from '../checks/evidence.ts'
import { dumpStore } from '../dump.ts'
import { openHistory, readHistory, type History } from '../history.ts'
import { openLoad, type Load } from '../load/load.ts'
import { placesOf } from '../load/places.ts'
import { waitForQuiet } from '../quiet.ts'
import { openTiers, type Tiers, type TiersOptions } from '../tiers.ts'

/** The real programs for one test, in a directory of their own; everything ends with the test. */
export type Stage = {
  tiers: Tiers
  history: History
  directory: string
  /** What a program has printed up to now. */
  printed(tier: 'relay' | 'agent'): string
  /** Resolves when a program has printed it. */
  says(tier: 'relay' | 'agent', what: RegExp): Promise<void>
  /** People who work with them; the agent has to be connected. */
  open(): Promise<Play>
}

export type Play = {
  load: Load
  sessionIds: readonly string[]
  /** Waits until all has come to rest, and judges what happened. */
  judge(): Promise<Violation[]>
}

const SAYS_MS = 30_000
const OBSERVERS = 2
/** The observers, and the three who speak as well. */
export const PEOPLE = OBSERVERS + 3
const QUIET_MS = 60_000
/** Heads are told every 5 s; a lost tail would be found then. */
const QUIET_LASTS_MS = 1_000

export async function openStage(options: Partial<TiersOptions> = {}): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), 'farhand-fault-'))
  const file = join(directory, 'history.jsonl')
  const history = openHistory(file)
  const tiers = await openTiers({ directory, history, ...options })
  onTestFinished(async () => {
    await tiers.close()
    history.close()
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  })
  const printed = (tier: 'relay' | 'agent') => readFileSync(join(directory, `${tier}.log`), 'utf8')
  return {
    tiers,
    history,
    directory,
    printed,
    says: (tier, what) => expect.poll(() => printed(tier), { timeout: SAYS_MS, interval: 50 }).toMatch(what),
    async open() {
      const random = seededRandom(1)
      const sessionIds = [random.uuid(), random.uuid()]
      const places = await placesOf(tiers, sessionIds)
      const load = openLoad({ tiers, history, random, places, directory, observers: OBSERVERS })
      onTestFinished(() => load.close())
      return { load, sessionIds, judge: () => judge(load, tiers, file) }
    },
  }
}

async function judge(load: Load, tiers: Tiers, file: string): Promise<Violation[]> {
  const isQuiet = await waitForQuiet(load, { lastsMs: QUIET_LASTS_MS, limitMs: QUIET_MS })
  expect(isQuiet, 'everything comes to rest').toBe(true)
  load.settle()
  return checkHistory(readHistory([file]), dumpStore(tiers.dataDir))
}

/** A prompt whose answer the checker knows. */
export function lines(count: number, pauseMs: number): string {
  return `lines ${count} ${pauseMs} ms for ${crypto.randomUUID().slice(0, 8)}`
}
