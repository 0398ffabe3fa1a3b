import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MAX_PAGE_ENTRIES } from '@farhand/shared'
import { openSqliteStore, type Store } from '../../packages/server/src/index.ts'
import type { Finding } from '../figures.ts'
import { fillLog } from '../parts/fill.ts'
import { median } from '../stats.ts'

const ROUNDS = 5

/** A whole log out of the store, page by page and ready to be sent, beside reading the same rows and doing nothing. */
export async function pages({ entries }: { entries: number }): Promise<Finding> {
  const dataDir = await mkdtemp(join(tmpdir(), 'farhand-bench-'))
  try {
    const [sessionId = ''] = await fillLog(dataDir, 1, entries)
    const bare = new DatabaseSync(join(dataDir, 'farhand.db'), { readOnly: true })
    const scan = bare.prepare('select * from records where session_id = ? and seq > ? order by seq limit ?')

    const scanning = (): number => {
      let rows = 0
      for (let after = 0; ; after += MAX_PAGE_ENTRIES) {
        const page = scan.all(sessionId, after, MAX_PAGE_ENTRIES)
        rows += page.length
        if (page.length < MAX_PAGE_ENTRIES) return rows
      }
    }
    // A store of its own for each time: it keeps the pages that it read last.
    const serving = async (store: Store): Promise<number> => {
      for (let after = 0; ;) {
        const page = await store.page({ sessionId, after, limit: MAX_PAGE_ENTRIES, detail: 'full' })
        JSON.stringify(page)
        if (page === undefined || page.to >= page.head) return page?.to ?? 0
        after = page.to
      }
    }

    const times = { bare: [] as number[], store: [] as number[] }
    for (let round = 0; round < ROUNDS; round += 1) {
      times.bare.push(await timed(scanning, entries))
      const store = await openSqliteStore({ dataDir })
      times.store.push(await timed(() => serving(store), entries))
      await store.close()
    }
    bare.close()
    const ratios = times.store.map((ms, round) => ms / (times.bare[round] ?? ms))
    return {
      title: `pages: ${entries} entries out of the store, ${MAX_PAGE_ENTRIES} at a time`,
      figures: [
        { name: 'as messages', value: median(times.store), unit: 'ms' },
        { name: 'bare SQLite, the same pages', value: median(times.bare), unit: 'ms' },
        { name: 'ratio', value: median(ratios), unit: '×', goal: { atMost: 2.5 } },
      ],
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function timed(work: () => number | Promise<number>, expected: number): Promise<number> {
  const started = performance.now()
  const entries = await work()
  if (entries !== expected) throw new Error(`${entries} of ${expected} entries`)
  return performance.now() - started
}
