import { emptyTimeline, foldEntries } from '@farhand/shared'
import { buildLog } from '@farhand/shared/testing'
import { expect, test } from 'vitest'
import { contextFill } from './contextMeter.ts'

const ended = (context?: object) => ({
  kind: 'run_finished',
  status: 'complete' as const,
  response: { durationMs: 1, ...(context === undefined ? {} : { context }) },
})
const notice = (type: string) => ({ kind: 'notice', response: { level: 'info', type, message: 'm' } })
const fillOf = (...lines: Parameters<typeof buildLog>[0]) =>
  contextFill(foldEntries(emptyTimeline(), buildLog(lines.map((line, index) => ({ commandId: `c${index}`, ...line })))))

test('the context is as full as the last run that knew it says', () => {
  expect(fillOf(ended({ tokens: 82_000, window: 200_000 }))).toEqual({
    tokens: 82_000,
    window: 200_000,
    percent: 41,
    full: false,
  })
  expect(fillOf(ended({ tokens: 160_000, window: 200_000 }), ended())).toMatchObject({ percent: 80, full: true })
  expect(fillOf(ended({ tokens: 900, window: 500 }))).toMatchObject({ percent: 100 })
})

test('what is not known is not guessed: without a figure, and after Claude forgot', () => {
  expect(fillOf(ended())).toBeUndefined()
  expect(fillOf(ended({ tokens: 5, window: 10 }), notice('compacted'))).toBeUndefined()
  expect(fillOf(ended({ tokens: 5, window: 10 }), notice('compacted'), ended({ tokens: 1, window: 10 }))?.percent).toBe(
    10,
  )
})
