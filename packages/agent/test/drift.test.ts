import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { findExecutable } from '../src/claude/executable.ts'
import { readKnown } from '../src/drift/known.ts'
import { probeClaude } from '../src/drift/probe.ts'
import { compareShapes, isDrift } from '../src/drift/shapes.ts'
import { place, startIn } from './program.ts'
import { until } from './temporary.ts'

test('the installed Claude Code says what was recorded; with a message left out of the record the probe notices it', async () => {
  const path = process.env['PATH'] ?? ''
  const { signal } = new AbortController()
  const program = { executable: findExecutable(undefined, path), path, marker: randomUUID(), id: randomUUID() }
  const seen = await probeClaude({ ...program, signal })
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

test('an agent tries a version that it does not know, and tells what is different', async () => {
  const at = await place('newer.mjs')
  await startIn(at)
  const told = () => at.relay.statuses.find(({ claude }) => claude.drift !== undefined)?.claude
  await until('what is different', () => told() !== undefined, 25_000)
  expect(told()).toMatchObject({ version: '9.9.9', drift: { recorded: readKnown().version } })
  expect(told()?.drift?.gone).not.toEqual([])
})
