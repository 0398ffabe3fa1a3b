// @vitest-environment node
import { emptyTimeline, foldEntries, type Entry, type Timeline } from '@farhand/shared'
import { expect, test } from 'vitest'
import { endAfterRun, endOfFork } from './fork.ts'

const ID = (last: number): string => `00000000-0000-4000-8000-${String(last).padStart(12, '0')}`

/** `c1`: a command; `s1`: its run begins; `e1`: it ends; `r1`: somebody goes back to before it. */
function told(...lines: string[]): Timeline {
  return foldEntries(
    emptyTimeline(),
    lines.map((line, index): Entry => {
      const commandId = ID(Number(line.slice(1)))
      const shared = { type: 'command_result', sessionId: ID(99), seq: index + 1, prev: index, at: index } as const
      const rewound = JSON.stringify({ inputId: ID(50), to: commandId, conversation: true })
      switch (line[0]) {
        case 'c':
          return { ...shared, commandId, kind: 'command', response: 'text', status: 'complete' }
        case 's':
          return { ...shared, commandId, kind: 'run_started', response: '{}', status: 'streaming' }
        case 'r':
          return { ...shared, commandId: ID(50), kind: 'rewound', response: rewound, status: 'complete' }
        default:
          return { ...shared, commandId, kind: 'run_finished', response: '{"durationMs":1}', status: 'complete' }
      }
    }),
  )
}

test('a fork takes along all that was said', () => {
  expect(endOfFork(told('c1', 's1', 'e1'))).toBeUndefined()
})

test('what was gone back before stays out, until something else was said', () => {
  expect(endOfFork(told('c1', 's1', 'e1', 'c2', 's2', 'e2', 'r2'))).toBe(ID(2))
  expect(endOfFork(told('c1', 's1', 'e1', 'c2', 's2', 'e2', 'r2', 'c3', 's3', 'e3'))).toBeUndefined()
})

test('a fork from the end of a run ends before the run that came next, in the order of runs', () => {
  const timeline = told('c1', 's1', 'c2', 'c3', 'e1', 's3', 'e3', 's2', 'e2')
  expect(endAfterRun(timeline, 5)).toBe(ID(3))
  expect(endAfterRun(timeline, 7)).toBe(ID(2))
  expect(endAfterRun(timeline, 9)).toBeUndefined()
})
