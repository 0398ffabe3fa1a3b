import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { entrySchema, type Entry } from '../types/messages.ts'
import { emptyTimeline, foldEntries } from './reduce.ts'
import type { Timeline } from './timeline.ts'

/** What the real Claude Code did, as `scripts/record` kept it. */
const FOLDER = new URL('../../test/recordings/', import.meta.url)
const NAMES = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.jsonl'))
  .map((name) => name.replace('.jsonl', ''))

function entriesOf(name: string): Entry[] {
  const lines = readFileSync(new URL(`${name}.jsonl`, FOLDER), 'utf8')
    .trimEnd()
    .split('\n')
  return lines.map((line) => entrySchema.parse(JSON.parse(line)))
}

const fold = (entries: readonly Entry[], from = emptyTimeline()) => foldEntries(from, entries)

/** As a file: what does not depend on where it is looked up. */
function written({ positions: _positions, runs, ...rest }: Timeline): string {
  return `${JSON.stringify({ ...rest, runs: Object.fromEntries(runs) }, undefined, 1)}\n`
}

/** What is left of a log in which previews were replaced (LOG7), as somebody reads it who comes later. */
function withoutPreviews(entries: readonly Entry[]): Entry[] {
  const isPreview = ({ kind, key, final }: Entry) =>
    (kind === 'text' || kind === 'thinking') && key !== undefined && final !== true
  const recorded = new Set(entries.flatMap(({ key, final }) => (final === true && key !== undefined ? [key] : [])))
  return entries.filter((entry) => !isPreview(entry) || !recorded.has(entry.key ?? ''))
}

/** What is read, without where in the log it began: of what was replaced nobody knows when its first piece came. */
function told({ items }: Timeline): unknown[] {
  return items.map(({ seq: _seq, at: _at, ...item }) => item)
}

describe.each(NAMES)('%s', (name) => {
  const entries = entriesOf(name)
  const whole = fold(entries)

  test('is folded into what was kept', async () => {
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1))
    await expect(written(whole)).toMatchFileSnapshot(fileURLToPath(new URL(`${name}.timeline.json`, FOLDER)))
  })

  test('is the same to who read a part of it and came back, wherever that was', () => {
    let before = emptyTimeline()
    for (const [index, entry] of entries.entries()) {
      before = fold([entry], before)
      expect(fold(entries.slice(index + 1), before)).toEqual(whole)
    }
  })

  test('[LOG7] tells the same to who comes after its previews were replaced, at any place', () => {
    const items = told(whole)
    for (let index = 0; index <= entries.length; index++) {
      const rest = withoutPreviews(entries.slice(index))
      expect(told(fold(rest, fold(entries.slice(0, index))))).toEqual(items)
    }
  })
})

test('what was recorded names no machine and no person', () => {
  const text = NAMES.map((name) => readFileSync(new URL(`${name}.jsonl`, FOLDER), 'utf8')).join('')
  expect(text.match(/(?<!\w)\/(?:home|root|Users|tmp|work|var)\/|@[\w-]+\.(?:com|org|net)\b|fh[oa]_/g)).toBeNull()
  expect(NAMES.length).toBeGreaterThan(5)
})
