import { emptyTimeline, foldEntries, type ToolItem } from '@farhand/shared'
import { buildLog } from '@farhand/shared/testing'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { CONVERSATION } from '../../composables/useConversation.ts'
import { useTimelineStore } from '../../stores/timelineStore.ts'
import { buildConversation } from '../../testing/conversation.ts'
import ToolRow from './ToolRow.vue'

beforeEach(() => setActivePinia(createPinia()))

/** Loading a body for the first time takes its time on a busy machine. */
const BODY_MS = 8_000
const ANSI = '\u001b[32mok\u001b[0m <img src=x onerror=alert(1)>'

async function show(tool: string, input: object, structured?: unknown, output = 'plain') {
  const log = useTimelineStore().open('s')
  log.timeline = foldEntries(
    emptyTimeline(),
    buildLog([
      { kind: 'tool_started', response: { toolUseId: 't', tool, input } },
      { kind: 'tool_finished', response: { toolUseId: 't', isError: false, output, structured } },
    ]),
  )
  const item = log.timeline.items[0] as ToolItem
  const row = mount(ToolRow, { props: { item }, global: { provide: { [CONVERSATION]: buildConversation(log) } } })
  if (row.get('.summary').attributes('aria-expanded') === 'false') await row.get('.summary').trigger('click')
  // Bodies come when they are first opened.
  await vi.waitFor(() => expect(row.get('.body').element.childElementCount).toBeGreaterThan(1), { timeout: BODY_MS })
  return row
}

test.each([
  ['Bash', { command: 'pnpm test' }, { stdout: ANSI, stderr: 'warned' }, ['$ pnpm test', 'ok <img', 'warned']],
  ['Read', { file_path: 'a.ts' }, { type: 'text', file: { content: 'one\ntwo\n', startLine: 7 } }, ['7one', '8two']],
  ['Edit', { file_path: 'a', old_string: 'x', new_string: 'y' }, undefined, ['removed: x', 'added: y']],
  ['Grep', { pattern: 'ta' }, { numFiles: 1, filenames: [], content: 'a.ts:3:tax' }, ['a.ts', '3', 'tax']],
  ['Glob', { pattern: '*' }, { numFiles: 1, filenames: ['src/a.ts'], truncated: true }, ['src/', 'a.ts', 'Cut at 1']],
  [
    'WebFetch',
    { url: 'u', prompt: 'why' },
    { bytes: 1, code: 200, result: '**bold**', durationMs: 1 },
    ['why', 'bold'],
  ],
  ['WebSearch', { query: 'q' }, { results: [{ content: [{ title: 'T', url: 'https://e.com/x' }] }] }, ['T', 'e.com']],
  ['TodoWrite', { todos: [{ content: 'Do it', status: 'pending' }] }, undefined, ['Do it']],
  [
    'NotebookEdit',
    { new_source: 'b', notebook_path: 'n' },
    { new_source: 'b', old_source: 'a' },
    ['removed: a', 'added: b'],
  ],
  ['mcp__s__t', { q: 'value' }, undefined, ['Server', 's', 'q', 'value', 'plain']],
  ['Agent', { prompt: 'Go' }, undefined, ['Show the prompt', 'plain']],
  ['Unheard', { any: 1 }, undefined, ['"any": 1', 'plain']],
])('%s shows its own body', async (tool, input, structured, parts) => {
  const row = await show(tool, input, structured)
  for (const part of parts) expect(row.get('.body').text()).toContain(part)
  expect(row.find('img').exists()).toBe(false)
})

test('what stands behind a view can be seen as it came', async () => {
  const row = await show('Bash', { command: 'ls' }, { stdout: 'x' })
  await row
    .findAll('.quiet-button')
    .find((button) => button.text() === 'Raw')
    ?.trigger('click')
  await flushPromises()
  expect(row.get('.body').text()).toContain('"command": "ls"')
})

test('a picture that was read is shown, and only from its own bytes', async () => {
  const row = await show('Read', { file_path: 'a.png' }, { type: 'image', file: { base64: 'aGk=', type: 'image/png' } })
  expect(row.get('img').attributes('src')).toBe('data:image/png;base64,aGk=')
})
