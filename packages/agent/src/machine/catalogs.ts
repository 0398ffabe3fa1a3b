import { askCatalog, type Catalog } from '../claude/catalog.ts'

export type Catalogs = (root: string, signal: AbortSignal) => Promise<Catalog>

/** A command that is added to the project is offered after this long at the latest. */
const FRESH_MS = 60_000

export type CatalogsParts = {
  claude(): { executable: string; env: Readonly<Record<string, string>> }
  newMarker(): string
  clock: { now(): number }
}

/** Remembers what Claude Code offers per directory: each asking starts a process. */
export function createCatalogs({ claude, newMarker, clock }: CatalogsParts): Catalogs {
  const known = new Map<string, { at: number; catalog: Promise<Catalog> }>()
  return (root, signal) => {
    const now = clock.now()
    const program = claude()
    const key = `${program.executable}\0${root}`
    const before = known.get(key)
    if (before !== undefined && Math.abs(now - before.at) < FRESH_MS) return before.catalog
    const catalog = askCatalog({ ...program, cwd: root, marker: newMarker(), signal })
    known.set(key, { at: now, catalog })
    catalog.catch(() => known.delete(key)) // the next question tries again
    return catalog
  }
}
