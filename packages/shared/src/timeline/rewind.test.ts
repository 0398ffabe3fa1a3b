import { expect, test } from 'vitest'
import type { Entry } from '../types/messages.ts'
import { emptyTimeline, foldEntries } from './reduce.ts'
import { tellRewound } from './rewind.ts'

const SESSION = '00000000-0000-4000-8000-000000000000'
const [FIRST, SECOND, WAITING, INPUT, OLD] = [1, 2, 3, 4, 5].map((n) => `00000000-0000-4000-8000-00000000000${n}`)

function log(...lines: [kind: string, commandId: string | undefined, body: unknown][]): Entry[] {
  return lines.map(([kind, commandId = '', body], index) => ({
    type: 'command_result',
    sessionId: SESSION,
    seq: index + 1,
    prev: index,
    commandId,
    kind,
    response: typeof body === 'string' ? body : JSON.stringify(body),
    status: kind === 'run_finished' ? 'complete' : 'streaming',
    at: 1_000 + index,
  }))
}

const rewound = {
  inputId: INPUT,
  to: SECOND,
  conversation: true,
  files: { changed: ['a'], insertions: 1, deletions: 0 },
}
const ENTRIES = log(
  ['command', FIRST, 'first'],
  ['prompt', FIRST, { text: 'of old', uuid: OLD }],
  ['run_started', FIRST, {}],
  // Typed while the first still ran.
  ['command', SECOND, 'second'],
  ['text', FIRST, 'answer to the first'],
  ['run_finished', FIRST, { durationMs: 1 }],
  ['run_started', SECOND, {}],
  ['text', SECOND, 'answer to the second'],
  ['command', WAITING, 'waits'],
  ['run_finished', SECOND, { durationMs: 1 }],
  ['rewind', INPUT, { to: SECOND, conversation: true, files: true }],
  ['rewound', WAITING, rewound],
)

test('what was said since the command began is dropped; what was before it, and what waits, is not', () => {
  const { items } = foldEntries(emptyTimeline(), ENTRIES)
  const texts = (dropped: boolean) =>
    items.flatMap((item) => ('text' in item && (item.dropped === true) === dropped ? [item.text] : []))
  expect(texts(true)).toEqual(['second', 'answer to the second'])
  expect(texts(false)).toEqual(['first', 'of old', 'answer to the first', 'waits'])
  expect(items.at(-1)).toMatchObject({ type: 'notice', notice: { type: 'rewound', to: SECOND } })
})

test('folded page by page it is the same', () => {
  const whole = foldEntries(emptyTimeline(), ENTRIES)
  const paged = ENTRIES.reduce((timeline, entry) => foldEntries(timeline, [entry]), emptyTimeline())
  expect(paged).toEqual(whole)
})

test('an imported prompt is a message without a run, and one can go back to before it', () => {
  const entries = log(
    ['command', FIRST, 'first'],
    ['prompt', FIRST, { text: 'of old', uuid: OLD }],
    ['text', FIRST, 'old answer'],
    ['run_started', FIRST, {}],
    ['rewound', INPUT, { ...rewound, to: OLD }],
  )
  const { items, runs } = foldEntries(emptyTimeline(), entries)
  expect(items[1]).toMatchObject({ type: 'message', commandId: OLD, imported: true, dropped: true })
  expect(runs.has(OLD ?? '')).toBe(false)
  expect(items.filter(({ dropped }) => dropped === true)).toHaveLength(3)
})

test('with the files alone nothing is dropped', () => {
  const { items } = foldEntries(emptyTimeline(), [
    ...ENTRIES.slice(0, -1),
    ...log(['rewound', INPUT, { ...rewound, conversation: false }]).map((entry) => ({ ...entry, seq: 12, prev: 11 })),
  ])
  expect(items.some(({ dropped }) => dropped === true)).toBe(false)
})

test('it is told in words', () => {
  expect(tellRewound({ inputId: '', to: '', conversation: true })).toBe(
    'Went back. Claude goes on from before that message.',
  )
  const files = { changed: ['a', 'b'], insertions: 0, deletions: 0, skipped: 1 }
  expect(tellRewound({ inputId: '', to: '', conversation: false, files })).toBe(
    'Went back. 2 files were put back. 1 file was left alone, because of links.',
  )
})
