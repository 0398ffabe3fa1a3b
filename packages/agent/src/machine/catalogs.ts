import { askCatalog, type Catalog } from '../claude/catalog.ts'
import { remembered } from './remembered.ts'

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
  const ask = remembered({ freshMs: FRESH_MS, clock }, (_key, program: Program, cwd: string, signal: AbortSignal) =>
    askCatalog({ ...program, cwd, marker: newMarker(), signal }),
  )
  return (root, signal) => {
    const program = claude()
    return ask(`${program.executable}\0${root}`, program, root, signal)
  }
}

type Program = ReturnType<CatalogsParts['claude']>
