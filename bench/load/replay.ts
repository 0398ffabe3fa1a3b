import { MAX_PAGE_BYTES, MAX_PAGE_ENTRIES, type Entry, type Page } from '@farhand/shared'
import type { Finding } from '../figures.ts'
import { fillLog } from '../parts/fill.ts'
import { openObserver, pause, until, within } from '../parts/observer.ts'
import { withRelay, type Relay } from '../parts/relay.ts'
import { MIB, residentBytes, watchMemory } from '../parts/resources.ts'
import { quantile } from '../stats.ts'

const PROBE_EVERY_MS = 20

/** [F79] A reader that was never here takes a whole long log, page by page, while others go on. */
export async function replay({ entries }: { entries: number }): Promise<Finding> {
  let sessionIds: string[] = []
  return await withRelay(
    (relay) => measure(relay, sessionIds[0] ?? '', entries),
    async (dataDir) => {
      sessionIds = await fillLog(dataDir, 1, entries)
    },
  )
}

async function measure(relay: Relay, sessionId: string, entries: number): Promise<Finding> {
  let cursor = 0
  const reader = await openObserver(relay, {
    entries: (came: readonly Entry[]) => {
      for (const { seq } of came) {
        if (seq !== cursor + 1) throw new Error(`${seq} came after ${cursor}`)
        cursor = seq
      }
    },
  })
  const before = residentBytes(relay.pid())
  const memory = watchMemory(relay.pid())
  const others = await probing(relay)
  const started = performance.now()
  await reader.read(sessionId)
  await until(() => cursor === entries, 'not everything was read')
  const tookMs = performance.now() - started
  const waited = await others.stop()
  const page = await within(
    reader.client.ask<Page>('read', { sessionId, after: 0, limit: MAX_PAGE_ENTRIES * 100 }).catch(() => undefined),
    'a page was not answered',
  )
  reader.close()
  const largest = page?.entries.length ?? 0
  if (largest > MAX_PAGE_ENTRIES) throw new Error(`a page of ${largest} entries`)
  return {
    title: `replay: a log of ${entries} entries, pages of at most ${MAX_PAGE_ENTRIES} entries or ${MAX_PAGE_BYTES / MIB} MiB`,
    figures: [
      { name: 'whole log', value: tookMs / 1000, unit: 's', goal: { atMost: 5 } },
      {
        name: 'relay memory, growth at most',
        value: (memory.stop() - before) / MIB,
        unit: 'MiB',
        goal: { atMost: 64 },
      },
      {
        name: 'others meanwhile, p99 of a round trip',
        value: quantile(waited, 0.99),
        unit: 'ms',
        goal: { atMost: 250 },
      },
    ],
  }
}

/** Somebody else who asks for a round trip again and again. */
export async function probing(relay: Relay): Promise<{ stop(): Promise<number[]> }> {
  const observer = await openObserver(relay)
  const waited: number[] = []
  let on = true
  const asking = (async () => {
    while (on) {
      const asked = performance.now()
      await observer.client.ask('probe', {})
      waited.push(performance.now() - asked)
      await pause(PROBE_EVERY_MS)
    }
  })()
  return {
    stop: async () => {
      on = false
      await asking
      observer.close()
      return waited
    },
  }
}
