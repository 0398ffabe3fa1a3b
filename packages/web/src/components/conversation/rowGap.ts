import type { Row } from './rows.ts'

/** How far a row stands from the one before it: lines of one group, parts of one whole, rows, turns. */
export type RowGap = 'none' | 'line' | 'part' | 'row' | 'turn'

/**
 * Pure. Told by a class of the row's own and not by a rule of what follows what: a browser that inserts a row looks for
 * those in all rows of the conversation.
 */
export function rowGap(before: Row | undefined, row: Row): RowGap {
  if (before === undefined) return 'none'
  const [above, below] = [kindOf(before), kindOf(row)]
  if (below === 'kept') return above === 'kept' ? 'part' : 'turn'
  if (below === 'message') return 'turn'
  if (below === 'run_end') return 'part'
  if (above === 'notice' && below === 'notice') return 'line'
  if (isStep(above) && (isStep(below) || below === 'request')) return 'line'
  return above === 'request' && isTool(below) ? 'line' : 'row'
}

type Kind = ReturnType<typeof kindOf>

function kindOf(row: Row) {
  return row.type === 'item' ? row.item.type : row.type
}

function isTool(kind: Kind): boolean {
  return kind === 'tool' || kind === 'tools'
}

function isStep(kind: Kind): boolean {
  return isTool(kind) || kind === 'thinking'
}
