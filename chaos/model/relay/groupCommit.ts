import type { Append, Outcome } from '../../../packages/server/src/log/store.ts'
import type { Code } from '../code.ts'
import { appendBatch } from './append.ts'
import { copyTables, type Tables } from './tables.ts'

/**
 * `packages/server/src/log/sessionLog.ts` cut into single steps: what waits shares one commit; then its appenders hear of
 * it, then it is published, and only then the next commit begins. A crash may come between any two steps.
 */
export type GroupCommit = {
  /** `settle` hears what became of the item; undefined where the commit failed. */
  append(item: Append, settle: (outcome: Outcome | undefined) => void): void
  /** Something that follows from what happened, in its turn. */
  later(effect: () => void): void
  /** One effect, or where there is none the next commit. Answers whether there was anything to do. */
  work(): boolean
  /** The disk refuses the next commits. */
  fail(commits: number): void
}

type Pending = { item: Append; settle: (outcome: Outcome | undefined) => void }

export function createGroupCommit(parts: {
  code: Code
  tables: Tables
  clock: { now(): number }
  publish: (outcomes: readonly Outcome[]) => void
  /** Before a commit changes the tables. */
  beforeCommit: () => void
}): GroupCommit {
  const { code, tables, clock, publish } = parts
  const effects: (() => void)[] = []
  let waiting: Pending[] = []
  let failing = 0

  /** What the outcome of an item will be if nothing goes wrong until its commit. */
  function foresee(item: Append): Outcome | undefined {
    const items = [...waiting.map((pending) => pending.item), item]
    return appendBatch(copyTables(tables), code, items, clock.now()).at(-1)
  }

  function commit(): void {
    const group = waiting
    waiting = []
    if (failing > 0) {
      failing -= 1
      for (const { settle } of group) effects.push(() => settle(undefined))
      return
    }
    parts.beforeCommit()
    const items = group.map(({ item }) => item)
    const outcomes = appendBatch(tables, code, items, clock.now())
    group.forEach(({ settle }, index) => effects.push(() => settle(outcomes[index])))
    effects.push(() => publish(outcomes))
  }

  return {
    append(item, settle) {
      const asked = item.type !== 'expire' && item.type !== 'delivered'
      const early = asked && code.slips.has('acknowledges before the commit')
      const hasty = code.slips.has('publishes before the commit')
      const foreseen = early || hasty ? foresee(item) : undefined
      if (hasty && foreseen !== undefined) effects.push(() => publish([foreseen]))
      if (early) effects.push(() => settle(foreseen))
      waiting.push({ item, settle: early ? () => {} : settle })
    },
    later: (effect) => effects.push(effect),
    work() {
      const next = effects.shift()
      if (next !== undefined) next()
      else if (waiting.length > 0) commit()
      else return false
      return true
    },
    fail(commits) {
      failing = commits
    },
  }
}
