import { emptyTimeline, foldEntries, type ToolItem } from '@farhand/shared'
import { buildLog } from '@farhand/shared/testing'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { computed, defineComponent, h } from 'vue'
import { beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { CONVERSATION } from '../../composables/useConversation.ts'
import { useTimelineStore } from '../../stores/timelineStore.ts'
import { buildConversation } from '../../testing/conversation.ts'
import ConversationItem from '../conversation/ConversationItem.vue'
import { definitionOf, TOOL_VIEWS } from './toolViews.ts'

/** Loading the bodies takes its time on a busy machine. */
const LOAD_MS = 60_000
const TEST_MS = 30_000
const HOSTILE = '<img src=x onerror=alert(1)>\u202egnp.exe'

/** Every tool that has a view of its own, with an input as Claude Code writes it and what its row says of that. */
const TOOLS: Readonly<Record<string, [input: Record<string, unknown>, says: string]>> = {
  Bash: [{ command: 'pnpm test', description: 'Run the tests' }, 'Run the tests'],
  Read: [{ file_path: '/dev/a.ts', offset: 3, limit: 2 }, '/dev/a.ts:3–4'],
  Edit: [{ file_path: '/dev/a.ts', old_string: 'x', new_string: 'y' }, 'a.ts'],
  MultiEdit: [{ file_path: '/dev/a.ts', edits: [{ old_string: 'x', new_string: 'y' }] }, 'a.ts'],
  Write: [{ file_path: '/dev/b.ts', content: 'one\n' }, 'b.ts'],
  NotebookEdit: [{ notebook_path: '/dev/n.ipynb', cell_id: 'c3', new_source: 'x' }, 'c3'],
  Grep: [{ pattern: 'tax', path: 'src' }, '/tax/ in src'],
  Glob: [{ pattern: '**/*.ts' }, '**/*.ts'],
  LS: [{ path: '/dev/src' }, '/dev/src'],
  ToolSearch: [{ query: 'notebook' }, 'notebook'],
  WebFetch: [{ url: 'https://e.example/a', prompt: 'why' }, 'e.example/a'],
  WebSearch: [{ query: 'rounding' }, 'rounding'],
  Task: [{ description: 'Write tests', prompt: 'Go' }, 'Write tests'],
  Agent: [{ description: 'Write tests', subagent_type: 'tester', prompt: 'Go' }, 'Write tests · tester'],
  TodoWrite: [{ todos: [{ content: 'Do it', status: 'completed' }] }, '1 of 1'],
  TaskCreate: [{ subject: 'Do it' }, 'Do it'],
  TaskUpdate: [{ taskId: '1', status: 'completed' }, ''],
  TaskList: [{}, ''],
  AskUserQuestion: [{ questions: [{ question: 'Which?', options: [{ label: 'A' }] }] }, '1 question'],
  EnterPlanMode: [{}, ''],
  ExitPlanMode: [{ plan: '# Plan' }, ''],
  Skill: [{ skill: 'pdf' }, 'pdf'],
  TaskStop: [{ task_id: 't1' }, 't1'],
  KillShell: [{ shell_id: 's1' }, 's1'],
  TaskOutput: [{ task_id: 't1' }, 't1'],
  BashOutput: [{ bash_id: 'b1' }, 'b1'],
  Monitor: [{ description: 'the build' }, 'the build'],
  EnterWorktree: [{ name: 'coupons' }, 'coupons'],
  ExitWorktree: [{}, ''],
  mcp__linear__create_issue: [{ title: 'Coupons' }, 'Create issue'],
}

type Played = { log: Parameters<typeof buildLog>[0]; says: string; online?: boolean }
const about = (tool: string, input: unknown) => ({ toolUseId: 't', tool, input })
const started = (tool: string, input: unknown) => ({ kind: 'tool_started', response: about(tool, input) })
const finished = (isError: boolean, structured?: unknown) => ({
  kind: 'tool_finished',
  response: { toolUseId: 't', isError, output: isError ? 'It did not work.' : 'plain', structured },
})
const asked = (tool: string, input: unknown) => ({
  kind: 'request',
  key: 'r',
  digest: 'd'.repeat(64),
  response: { requestId: 'r', digest: 'd'.repeat(64), type: 'permission', ...about(tool, input) },
})
const denied = { kind: 'decision', key: 'r', response: { requestId: 'r', digest: 'd'.repeat(64), behavior: 'deny' } }

/** How each tool stands, and what its row says of it. */
const STATES: Readonly<Record<string, (tool: string, input: unknown) => Played>> = {
  pending: (tool, input) => ({ log: [started(tool, input), asked(tool, input)], says: 'Answer below' }),
  running: (tool, input) => ({ log: [started(tool, input)], says: 'Running' }),
  done: (tool, input) => ({ log: [started(tool, input), finished(false)], says: '' }),
  failed: (tool, input) => ({ log: [started(tool, input), finished(true)], says: 'Failed' }),
  denied: (tool, input) => ({
    log: [started(tool, input), asked(tool, input), denied, finished(true)],
    says: 'Denied',
  }),
  interrupted: (tool, input) => ({
    log: [
      started(tool, input),
      { kind: 'run_finished', status: 'error', isComplete: true, response: { durationMs: 1 } },
    ],
    says: 'Stopped',
  }),
  unknown: (tool, input) => ({ log: [started(tool, input)], says: 'Unknown — machine disconnected', online: false }),
}

beforeAll(async () => {
  // They come when they are first opened; here all are there before.
  const bodies = [
    import('./ToolAgent.vue'),
    import('./ToolBash.vue'),
    import('./ToolFetch.vue'),
    import('./ToolFiles.vue'),
    import('./ToolMatches.vue'),
    import('./ToolMcp.vue'),
    import('./ToolPlan.vue'),
    import('./ToolQuestion.vue'),
    import('./ToolRead.vue'),
    import('./ToolTasks.vue'),
    import('./ToolWebSearch.vue'),
  ]
  await Promise.all(bodies)
}, LOAD_MS)
beforeEach(() => setActivePinia(createPinia()))

/** A conversation as it is drawn, its tool's row opened. */
async function show({ log: lines, online = true }: Played) {
  const log = useTimelineStore().open('s')
  log.timeline = foldEntries(emptyTimeline(), buildLog(lines))
  const conversation = { ...buildConversation(log), online: computed(() => online) }
  const items = log.timeline.items.filter((item) => item.type === 'tool')
  const page = mount(
    defineComponent(() => () => items.map((item: ToolItem) => h(ConversationItem, { key: item.id, item }))),
    { global: { provide: { [CONVERSATION]: conversation } } },
  )
  const summary = page.get('.summary')
  if (summary.attributes('aria-expanded') === 'false') await summary.trigger('click')
  await flushPromises()
  return page
}

test('every tool that has a view is looked at here', () => {
  expect(
    Object.keys(TOOLS)
      .filter((tool) => !tool.startsWith('mcp__'))
      .toSorted(),
  ).toEqual(Object.keys(TOOL_VIEWS).toSorted())
  for (const tool of Object.keys(TOOLS)) expect(definitionOf(tool)).not.toBe(definitionOf('Unheard'))
})

test.each(Object.entries(TOOLS))(
  '%s has its own row and body in every state',
  { timeout: TEST_MS },
  async (tool, [input, says]) => {
    for (const [name, stateOf] of Object.entries(STATES)) {
      const played = stateOf(tool, input)
      const page = await show(played)
      expect(page.get('.summary').text(), name).toContain(says)
      expect(page.get('.head').text(), name).toContain(played.says)
      expect(page.find('.fault').exists(), name).toBe(false)
      expect(page.get('.body').element.textContent, name).not.toBe('')
      page.unmount()
    }
  },
)

test.each([...Object.keys(TOOLS), 'Unheard', '__proto__', 'constructor', HOSTILE])(
  '%s keeps what is malformed or hostile in its place',
  { timeout: TEST_MS },
  async (tool) => {
    const [input = {}] = Object.hasOwn(TOOLS, tool) ? (TOOLS[tool] ?? []) : []
    const worst = Object.fromEntries(Object.keys(input).map((key) => [key, HOSTILE]))
    const odd = Object.fromEntries(
      Object.keys(input).map((key, index) => [key, [null, 7, [{}], { deep: [1] }][index % 4]]),
    )
    for (const [said, structured] of [
      [worst, { stdout: HOSTILE, content: HOSTILE, filenames: [HOSTILE], results: [HOSTILE] }],
      [odd, { file: 'none', results: 'none', filenames: 7, structuredPatch: [{ lines: 'none' }], content: [null] }],
      [{}, HOSTILE],
    ]) {
      const page = await show({ log: [started(tool, said), finished(false, structured)], says: '' })
      expect(page.find('.fault').exists()).toBe(false)
      expect(page.find('img, script').exists()).toBe(false)
      expect(page.text()).not.toContain('\u202e')
      page.unmount()
    }
  },
)

test('a body that breaks stays in its place, and its neighbours are whole', { timeout: TEST_MS }, async () => {
  const complaint = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const log = useTimelineStore().open('s')
  const tools = ['Write', 'Bash'].map((tool, index) => ({
    kind: 'tool_started',
    response: { ...about(tool, { file_path: 'a', command: 'ls' }), toolUseId: `t${index}` },
  }))
  log.timeline = foldEntries(
    emptyTimeline(),
    buildLog([...tools, { kind: 'text', key: 'm', final: true, response: 'After it.' }]),
  )
  const { items } = log.timeline
  const page = mount(
    defineComponent(() => () => items.map((item) => h(ConversationItem, { key: item.id, item }))),
    {
      global: {
        provide: { [CONVERSATION]: buildConversation(log) },
        stubs: {
          ToolEdit: () => {
            throw new Error('broken')
          },
        },
      },
    },
  )
  for (const summary of page.findAll('.summary')) await summary.trigger('click')
  await flushPromises()
  await vi.waitFor(() => expect(page.text()).toContain('$ ls'))
  expect(page.findAll('.fault')).toHaveLength(1)
  expect(page.get('.fault').text()).toContain('This part could not be shown.')
  expect(page.text()).toContain('After it.')
  expect(complaint).toHaveBeenCalledOnce()
  page.unmount()
})
