// @vitest-environment node
import type { NoticeBody, NoticeItem } from '@farhand/shared'
import { expect, test } from 'vitest'
import { noticeTexts } from '../../texts/notices.ts'
import { noticeView } from './noticeView.ts'

/** What agents, the relay and the fold of a log write today; whoever writes another one adds it here and to the texts. */
const WRITTEN = [
  ...[
    'setting',
    'setting_refused',
    'queue',
    'queue_late',
    'stale_decision',
    'decision_refused',
    'grant',
    'grant_late',
    'attachments',
  ],
  ...['rewound', 'rewind_refused', 'stopping', 'interrupted', 'taken_up', 'idle', 'conversation_lost', 'step'],
  ...['api_retry', 'rate_limit', 'compacting', 'compacted', 'notification', 'informational', 'local_command_output'],
  ...[
    'background_task',
    'permission_denied',
    'unknown',
    'malformed',
    'malformed_response',
    'option_ignored',
    'forgotten',
  ],
  ...['import_began', 'import_ended', 'import_shared'],
]

function view(type: string, message: string, more: Partial<NoticeBody> = {}) {
  const notice: NoticeBody = { level: 'info', type, message, ...more }
  const item: NoticeItem = { id: 'entry:1', commandId: 'c', at: 0, seq: 1, type: 'notice', notice }
  return noticeView(item)
}

test('[LOG6] every notice that is written today has its words, and no other has', () => {
  expect(Object.keys(noticeTexts).toSorted()).toEqual(WRITTEN.toSorted())
  for (const type of WRITTEN) expect(view(type, 'What it says.').text).not.toBe('')
})

test('[LOG6] a notice of a later agent is shown in its own words, with what hides in them', () => {
  expect(view('invented', 'Something new.\u202E').text).toBe('Something new.⟨U+202E⟩')
  expect(view('toString', 'No trick.').text).toBe('No trick.')
})

test('an import says what it is, how much, and how much was left out', () => {
  expect(view('import_began', '', { title: 'Fix it', messages: 1500, omitted: 500 })).toEqual({
    text: 'Imported from Claude Code: ‘Fix it’ · 1,500 messages · the oldest 500 are not shown here, Claude knows them',
    rule: true,
  })
  expect(view('import_began', '', { title: '', messages: 3, omitted: 0 }).text).toBe(
    'Imported from Claude Code · 3 messages',
  )
  expect(view('import_ended', 'x').rule).toBe(true)
})

test('what was not understood is shown as it came', () => {
  expect(view('unknown', 'New: oracle', { raw: { type: 'oracle' } }).raw).toBe('{\n  "type": "oracle"\n}')
  expect(view('malformed', 'A line', { raw: '<html>\u200b' }).raw).toBe('<html>⟨U+200B⟩')
})

test('two sessions of one conversation lead to each other', () => {
  expect(view('import_shared', 'Fork it.', { sessionId: 's2' }).sessionId).toBe('s2')
})

test('a limit that is reached says until when', () => {
  const at = new Date(2026, 0, 2, 14, 20).getTime()
  expect(view('rate_limit', 'The five hour limit is reached.', { resetsAt: at }).text).toMatch(
    /reached\. It resets at .+\./,
  )
  expect(view('notification', 'News.', { resetsAt: at }).text).toBe('News.')
})

test('a mode that is changed is called as the page calls it', () => {
  expect(view('setting', 'The permission mode is now default.', { permissionMode: 'default' }).text).toBe(
    'The mode is now ‘Ask’.',
  )
  expect(view('setting', 'The model is now opus.', { model: 'opus' }).text).toBe('The model is now opus.')
})
