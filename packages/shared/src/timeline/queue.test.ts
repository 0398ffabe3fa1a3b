import { describe, expect, test } from 'vitest'
import { buildLog } from '../testing/builders.ts'
import { emptyTimeline, foldEntries } from './reduce.ts'
import type { Timeline } from './timeline.ts'

const ID = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`
const [one, two, three] = [ID(1), ID(2), ID(3)]
const sent = [one, two, three].map((commandId) => ({ kind: 'command', commandId, response: `text of ${commandId}` }))
const started = (commandId: string) => ({ kind: 'run_started', commandId, response: {} })
const wish = (body: object) => ({ kind: 'queue', response: body })
const told = (body: object) => ({
  kind: 'notice',
  commandId: one,
  response: { level: 'info', type: 'queue', message: 'm', ...body },
})

function fold(lines: Parameters<typeof buildLog>[0]): Timeline {
  return foldEntries(emptyTimeline(), buildLog([...sent, started(one), ...lines]))
}

describe('[CMD6] what waits has an order, and every reader folds the same one', () => {
  test('commands wait in the order in which they came, until they start or end', () => {
    expect(fold([]).queue).toEqual([two, three])
    const ended = { kind: 'run_finished', commandId: three, status: 'error' as const, response: { durationMs: 0 } }
    expect(fold([ended]).queue).toEqual([two])
    expect(fold([started(two)]).queue).toEqual([three])
  })

  test('moving, before another or to the end', () => {
    expect(fold([wish({ action: 'move', commandId: three, before: two })]).queue).toEqual([three, two])
    expect(fold([wish({ action: 'move', commandId: two })]).queue).toEqual([three, two])
  })

  test('a move of or before what does not wait changes nothing', () => {
    expect(fold([wish({ action: 'move', commandId: one, before: two })]).queue).toEqual([two, three])
    expect(fold([wish({ action: 'move', commandId: three, before: one })]).queue).toEqual([two, three])
    expect(fold([wish({ action: 'move', commandId: three, before: three })]).queue).toEqual([two, three])
  })

  test('sent now goes first, when the agent says so', () => {
    expect(fold([wish({ action: 'send_now', commandId: three })]).queue).toEqual([two, three])
    expect(fold([told({ action: 'send_now', commandId: three })]).queue).toEqual([three, two])
  })

  test('a changed text shows when the agent has taken it', () => {
    const textOf = (timeline: Timeline) => timeline.items.find((item) => item.id === two)
    expect(textOf(fold([wish({ action: 'edit', commandId: two, command: 'new' })]))).toMatchObject({
      text: `text of ${two}`,
    })
    expect(textOf(fold([told({ action: 'edit', commandId: two, command: 'new' })]))).toMatchObject({
      text: 'new',
      edited: true,
    })
  })

  test('a notice of another shape is only a notice', () => {
    expect(fold([told({ action: 5 })]).queue).toEqual([two, three])
  })
})

test('a run knows where it began', () => {
  expect(fold([]).runs.get(one)?.startedSeq).toBe(4)
  expect(fold([]).runs.get(two)?.startedSeq).toBeUndefined()
})
