import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { findExecutable } from '../src/claude/executable.ts'
import { readKnown } from '../src/drift/known.ts'
import { probeClaude } from '../src/drift/probe.ts'
import { compareShapes, isDrift } from '../src/drift/shapes.ts'

test('the installed Claude Code says what was recorded; with a message left out of the record the probe notices it', async () => {
  const path = process.env['PATH'] ?? ''
  const program = { executable: findExecutable(undefined, path), path, marker: randomUUID(), id: randomUUID() }
  const seen = await probeClaude(program)
  const { shapes, others } = readKnown()
  const drift = compareShapes(shapes, seen)
  expect({ ...drift, unknown: drift.unknown.filter((name) => !others.includes(name)), added: [] }).toEqual({
    unknown: [],
    gone: [],
    added: [],
  })
  const { 'system/init': _init, ...less } = shapes
  expect(isDrift(compareShapes(less, seen))).toBe(true)
})
