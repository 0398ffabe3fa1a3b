import { commandResponsesSchema } from '@farhand/shared'
import { seededRandom, type Random } from '@farhand/shared/testing'
import { expect, test } from 'vitest'
import { parseResponses } from './responses.ts'

const SEEDS = 2_000
const ID = '00000000-0000-4000-8000-0000000000c1'

/** Each field with values that are right and values that are not, as JSON brings them; undefined is left out. */
const VALUES: Record<string, readonly unknown[]> = {
  type: ['command_response', undefined, 'other', null],
  sessionId: [ID, ID.replace('c1', 'C2'), 'no id', 7, undefined],
  commandId: [ID, '', undefined],
  n: [1, 7, 0, -1, 1.5, '1', 2 ** 53, undefined],
  kind: ['text', 'tool_started', 'Text', 'x'.repeat(65), '', undefined],
  key: [undefined, 'k', 'k'.repeat(200), 'k'.repeat(201), '', 7, null],
  final: [undefined, true, false, 'true', null],
  digest: [undefined, 'a'.repeat(64), 'A'.repeat(64), 'a'.repeat(63)],
  data: ['said', '', '\ud83d', 7, undefined],
  isComplete: [false, true, 'false', undefined],
  status: [undefined, 'streaming', 'complete', 'error', 'done'],
  code: [undefined, 'CANCELLED', '', 'x'.repeat(64), 'x'.repeat(65)],
  at: [1_700_000_000_000, 0, -1, 0.5, undefined],
  unknown: [undefined, undefined, 'more'],
}

/** Mostly right, since a response with several faults is refused for the first one. */
function randomResponse(random: Random): unknown {
  if (random.chance(0.02)) return random.pick<unknown>([null, 'text', 7, [], [[]]])
  const fields = Object.entries(VALUES).map(([name, values]) => [
    name,
    values[random.chance(0.9) ? 0 : random.int(values.length)],
  ])
  return JSON.parse(JSON.stringify(Object.fromEntries(fields)))
}

test('[CON4] what is plainly right is seen without the schema, and is never other than what the schema says', () => {
  let taken = 0
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const random = seededRandom(seed)
    const list = Array.from({ length: random.pick([1, 1, 2, 3, 0, 65]) }, () => randomResponse(random))
    const payload: unknown = random.chance(0.3) ? list[0] : list
    const expected = commandResponsesSchema.safeParse(payload)
    if (!expected.success) {
      expect(() => parseResponses(payload)).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }))
      continue
    }
    taken += 1
    expect(parseResponses(payload)).toEqual([expected.data].flat())
  }
  expect(taken).toBeGreaterThan(SEEDS / 10)
})
