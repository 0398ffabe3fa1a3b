import { runFinishedBodySchema, type CommandResponse } from '@farhand/shared'
import type { Append, BatchResult, Store } from '../log/store.ts'
import { createClockSkew } from './clockSkew.ts'
import { codeLabel, type Meters } from './meters.ts'

export type MeasuredStore = {
  /** The same store; its commits are measured. */
  store: Store
  /** To be told when a commit's entries have gone to their readers. */
  published(result: BatchResult): void
}

/** Stamps, and not the batch: what was said must not be kept for being measured. By agent, of what it said first. */
type Commit = { at: number; stamps: ReadonlyMap<string, number> }

/**
 * Measures commits where they pass. `now` of a commit is the relay's clock, and durations are of the monotonic one.
 */
export function measureStore(store: Store, meters: Meters, clock: { now(): number }): MeasuredStore {
  const commits = new Map<BatchResult, Commit>()
  const skew = createClockSkew()

  async function append(batch: readonly Append[], now: number): Promise<BatchResult> {
    const begun = performance.now()
    try {
      const result = await store.append(batch, now)
      const at = performance.now()
      meters.commitSeconds.observe((at - begun) / 1000)
      meters.commitItems.observe(batch.length)
      commits.set(result, { at, stamps: stampsOf(batch) })
      countBatch(meters, batch, result.outcomes)
      return result
    } catch (error) {
      meters.failures.inc({ code: codeLabel(codeOf(error)) })
      throw error
    }
  }

  return {
    store: { ...store, append },
    published(result) {
      const commit = commits.get(result)
      if (commit === undefined) return
      commits.delete(result)
      meters.publishSeconds.observe((performance.now() - commit.at) / 1000)
      const now = clock.now()
      for (const [agentId, saidAt] of commit.stamps) {
        meters.relaySeconds.observe(skew.delay(agentId, saidAt, now) / 1000)
      }
    },
  }
}

function stampsOf(batch: readonly Append[]): Map<string, number> {
  const stamps = new Map<string, number>()
  for (const item of batch) {
    if (item.type === 'response' && !stamps.has(item.agentId)) stamps.set(item.agentId, item.response.at)
  }
  return stamps
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}

/** Counters are told once for a batch: a look-up of a label for each entry is a twentieth of the work of a full relay. */
function countBatch(meters: Meters, batch: readonly Append[], outcomes: BatchResult['outcomes']): void {
  const totals = new Map<From, { entries: number; bytes: number }>()
  batch.forEach((item, index) => {
    const outcome = outcomes[index]
    if (outcome?.verdict === 'refused') meters.refusals.inc({ code: codeLabel(outcome.error.code) })
    if (outcome?.verdict !== 'accepted') return
    const { entry } = outcome
    const from = fromOf(item)
    const { entries, bytes } = totals.get(from) ?? { entries: 0, bytes: 0 }
    totals.set(from, { entries: entries + 1, bytes: bytes + entry.response.length })
    if (item.type === 'response' && item.response.isComplete) countRun(meters, item.response)
    // What the relay itself ends carries its code in the entry.
    else if (from === 'relay' && entry.kind === 'run_finished') meters.runs.inc({ outcome: codeLabel(entry.code) })
  })
  for (const [from, { entries, bytes }] of totals) {
    meters.entriesIn.inc({ from }, entries)
    meters.bytesIn.inc({ from }, bytes)
  }
}

type From = 'agent' | 'person' | 'relay'

function fromOf({ type }: Append): From {
  if (type === 'response') return 'agent'
  return type === 'command' || type === 'input' ? 'person' : 'relay'
}

function countRun(meters: Meters, { code, status, data }: CommandResponse): void {
  meters.runs.inc({ outcome: code === undefined && status !== 'error' ? 'complete' : codeLabel(code) })
  const costUsd = costOf(data)
  if (costUsd > 0) meters.cost.inc(costUsd)
}

/** The one body that the relay looks into: there is one per command, and it is small. */
function costOf(data: string): number {
  try {
    return runFinishedBodySchema.safeParse(JSON.parse(data)).data?.costUsd ?? 0
  } catch {
    return 0 // not a body that we know: nothing that could be counted
  }
}
