import { Fzf } from 'fzf'
import type { AgentParams, AgentResult } from '@farhand/shared'
import type { Git } from './git.ts'
import { listFiles } from './listFiles.ts'
import { remembered } from './remembered.ts'

const DEFAULT_LIMIT = 20
/** Somebody who types asks at every letter; files rarely come and go meanwhile. */
const FRESH_MS = 3_000
/** Above this the exact way of matching takes too long for every letter. */
const EXACT_UP_TO = 10_000

export type FileSearch = (
  root: string,
  params: AgentParams<'files.search'>,
  signal: AbortSignal,
) => Promise<AgentResult<'files.search'>>

export function createFileSearch(git: Git, clock: { now(): number }): FileSearch {
  const listOf = remembered({ freshMs: FRESH_MS, clock }, (root, signal: AbortSignal) => listFiles(root, git, signal))
  return async (root, { query, limit = DEFAULT_LIMIT }, signal) => {
    const { paths, truncated } = await listOf(root, signal)
    const found = matchPaths(paths, query, limit + 1)
    return {
      files: found.slice(0, limit).map((path) => ({ path })),
      truncated: truncated || found.length > limit,
    }
  }
}

/** Best match first; without a query the files as they come. Pure. */
export function matchPaths(paths: readonly string[], query: string, limit: number): string[] {
  const wanted = query.trim()
  if (wanted === '') return paths.slice(0, limit)
  const finder: Finder = new Fzf(paths, {
    limit,
    fuzzy: paths.length <= EXACT_UP_TO ? 'v2' : 'v1',
    tiebreakers: [(a: Found, b: Found) => a.start - b.start, (a: Found, b: Found) => a.item.length - b.item.length],
  })
  return finder.find(wanted).map(({ item }) => item)
}

/** What of fzf is used: its own types can't be resolved by this package's rules. */
type Found = { item: string; start: number }
type Finder = { find(query: string): Found[] }
