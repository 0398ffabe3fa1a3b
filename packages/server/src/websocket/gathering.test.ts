import type { Entry } from '@farhand/shared'
import { COMMAND_ID, SESSION_ID, buildEntry } from '@farhand/shared/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { GATHER_MS, createGathering } from './gathering.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function open() {
  const said: number[][] = []
  const gathering = createGathering((_sessionId, entries) => said.push(entries.map(({ seq }) => seq)))
  const take = (seq: number, part: Partial<Entry> = {}): void =>
    gathering.take(SESSION_ID, [buildEntry(seq, { key: 'a', ...part })])
  return { said, take, gathering }
}

test('[SUB9] the first piece comes at once, the next ones together, and nothing is left over', () => {
  const { said, take, gathering } = open()
  for (let seq = 1; seq <= 4; seq += 1) take(seq)
  expect(said).toEqual([[1]])
  expect(gathering.saidUpTo(SESSION_ID)).toBe(1)
  vi.advanceTimersByTime(GATHER_MS)
  expect(said).toEqual([[1], [2, 3, 4]])
  expect(gathering.saidUpTo(SESSION_ID)).toBeUndefined()
  take(5)
  expect(said).toHaveLength(2)
  vi.advanceTimersByTime(2 * GATHER_MS)
  expect(said).toEqual([[1], [2, 3, 4], [5]])
  expect(vi.getTimerCount()).toBe(0)
})

test.each<[string, Partial<Entry>]>([
  ['the end', { kind: 'run_finished', status: 'complete' }],
  ['a request', { kind: 'request', key: COMMAND_ID }],
  ['what became of it', { kind: 'request_resolved', key: COMMAND_ID }],
  ['what a person said', { kind: 'command', author: { id: 'anna', name: 'Anna' } }],
])('[SUB9] %s does not wait, and takes along what was gathered before', (_name, part) => {
  const { said, take } = open()
  for (let seq = 1; seq <= 3; seq += 1) take(seq)
  take(4, part)
  expect(said).toEqual([[1], [2, 3, 4]])
  take(5)
  expect(said).toHaveLength(2)
})

test('much at once is a message of good size already', () => {
  const { said, take } = open()
  take(1)
  take(2, { response: 'x'.repeat(300_000) })
  expect(said).toEqual([[1], [2]])
})

test('sessions do not wait for each other, and a relay that closes leaves no clock behind', () => {
  const { said, take, gathering } = open()
  take(1)
  gathering.take('another', [buildEntry(9)])
  take(2)
  gathering.flush('another')
  gathering.flush(SESSION_ID)
  expect(said).toEqual([[1], [9], [2]])
  gathering.close()
  expect(vi.getTimerCount()).toBe(0)
})
