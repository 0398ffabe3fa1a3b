import type { Entry } from '@farhand/shared'
import { expect, test } from 'vitest'
import { asStable } from './stable.ts'

const entry = (seq: number, response: string, more: Partial<Entry> = {}): Entry => ({
  type: 'command_result',
  sessionId: 'b1946ac9-2492-4d23-a47b-0f1c4e8d6b01',
  seq,
  prev: seq - 1,
  commandId: 'c1946ac9-2492-4d23-a47b-0f1c4e8d6b02',
  kind: 'notice',
  status: 'streaming',
  at: 1_790_000_000_000 + seq,
  response,
  ...more,
})

test('a recording of another day, machine and run reads the same', () => {
  const record = (directory: string, id: string, ms: number) =>
    asStable(
      [
        entry(1, JSON.stringify({ cwd: `${directory}/greeter`, durationMs: ms, at: 1_790_000_000_000 + ms })),
        entry(2, `see http://127.0.0.1:${4_000 + ms} and ${directory.replaceAll('/', '-')}-greeter (${ms}.5ms)`, {
          kind: 'text',
        }),
        entry(3, JSON.stringify({ toolUseId: `toolu_${id}`, output: `toolu_${id} ${id.repeat(8)}` })),
      ],
      { directory },
    )
  const [one, other] = [record('/tmp/far-a1', 'abcdef01', 12), record('/tmp/far-b2', '10fedcba', 345)]
  expect(one).toEqual(other)
  expect(one.join('')).not.toMatch(/tmp|b1946ac9|17900/)
  const [first, , third] = one.map((line) => JSON.parse(line) as Entry)
  expect(first).toMatchObject({ sessionId: '00000000-0000-4000-8000-000000000001', seq: 1 })
  expect(third?.response).toBe(`{"toolUseId":"toolu_0001","output":"toolu_0001 ${'1'.padStart(64, '0')}"}`)
})

test('what was said stays as it was said', () => {
  const [line = ''] = asStable([entry(1, '{ "durationMs": 5 }', { kind: 'text' })], { directory: '/d' })
  expect((JSON.parse(line) as Entry).response).toBe('{ "durationMs": 5 }')
})
