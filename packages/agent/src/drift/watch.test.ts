import { pino } from 'pino'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../test/temporary.ts'
import type { Known } from './known.ts'
import type { Shapes } from './shapes.ts'
import { createDriftWatch } from './watch.ts'

const known: Known = { version: '1.0.0', shapes: { 'system/init': ['model', 'subtype', 'type'] }, others: ['quiet'] }

function watch(dir: string, seen: (signal: AbortSignal) => Promise<Shapes>, knows = known) {
  const lines: string[] = []
  let probes = 0
  let changes = 0
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) })
  const probe = (signal: AbortSignal) => {
    probes += 1
    return seen(signal)
  }
  const made = createDriftWatch({ dir, probe, known: knows, logger, changed: () => (changes += 1) })
  return { ...made, lines, probes: () => probes, changes: () => changes }
}

test('the version that was recorded is not probed; another one is, once, also over restarts', async () => {
  const dir = temporaryDirectory()
  const seen = async () => ({ 'system/init': ['subtype', 'type'], oracle: ['type'], quiet: [] })
  const first = watch(dir, seen)
  await first.check('1.0.0')
  expect(first.probes()).toBe(0)
  expect(first.report()).toBeUndefined()
  await first.check('1.0.1')
  await first.check('1.0.1')
  expect(first.probes()).toBe(1)
  const report = { recorded: '1.0.0', unknown: ['oracle'], gone: ['system/init: model'] }
  expect(first.report()).toEqual(report)
  expect(first.lines).toHaveLength(1)
  expect(first.changes()).toBe(1)

  const second = watch(dir, seen)
  await second.check('1.0.1')
  expect(second.probes()).toBe(0)
  expect(second.report()).toEqual(report)
  await second.check('1.0.0')
  expect(second.report()).toBeUndefined()
})

test('what an older agent found is not held against what this one knows', async () => {
  const dir = temporaryDirectory()
  const seen = async () => ({ 'system/init': ['model', 'subtype', 'type'], oracle: ['type'] })
  const older = watch(dir, seen)
  await older.check('1.0.1')
  expect(older.report()?.unknown).toEqual(['oracle'])
  const newer = watch(dir, seen, { ...known, others: [...known.others, 'oracle'] })
  await newer.check('1.0.1')
  expect(newer.probes()).toBe(1)
  expect(newer.report()).toBeUndefined()
})

test('what comes in a real conversation and is not known is told once', async () => {
  const { see, report, lines } = watch(temporaryDirectory(), async () => ({}))
  for (const message of [
    { type: 'system', subtype: 'init' },
    { type: 'quiet' },
    'noise',
    { type: 'new' },
    { type: 'new' },
  ])
    see(message)
  expect(report()).toEqual({ recorded: '1.0.0', unknown: ['new'], gone: [] })
  expect(lines).toHaveLength(1)
})

test('a probe that fails tells nothing, and is tried again at the next start', async () => {
  const dir = temporaryDirectory()
  const first = watch(dir, () => Promise.reject(new Error('no')))
  await first.check('2.0.0')
  expect(first.report()).toBeUndefined()
  const second = watch(dir, async () => ({ 'system/init': ['model', 'subtype', 'type'] }))
  await second.check('2.0.0')
  expect(second.probes()).toBe(1)
})

test('a probe that is under way ends with the agent, and nothing is said of it', async () => {
  const ended = Promise.withResolvers<void>()
  const { check, close, lines } = watch(temporaryDirectory(), async (signal) => {
    signal.addEventListener('abort', () => ended.resolve())
    await ended.promise
    throw new Error('it was ended')
  })
  const checking = check('1.0.1')
  await close()
  await checking
  expect(lines).toEqual([])
})
