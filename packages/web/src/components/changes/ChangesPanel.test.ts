import { FarhandError, type ChangedFile, type GitStatus } from '@farhand/shared'
import { buildLog } from '@farhand/shared/testing'
import { enableAutoUnmount, flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { computed, defineComponent, h } from 'vue'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { useConnectionStore } from '../../stores/connectionStore.ts'
import { useTimelineStore } from '../../stores/timelineStore.ts'
import { PROJECT_ID, SESSION_ID, showOnPage } from '../../testing/page.ts'
import { wantedMention } from '../composer/mention.ts'
import { provideChanges } from './changes.ts'
import './ChangesFile.vue' // so that it is there at once when it is asked for
import ChangesPanel from './ChangesPanel.vue'

beforeEach(() => {
  setActivePinia(createPinia())
  useConnectionStore().setLink({ name: 'connected', since: 0 })
})
enableAutoUnmount(afterEach)

const Page = defineComponent({
  setup() {
    const log = useTimelineStore().open(SESSION_ID)
    provideChanges({
      sessionId: SESSION_ID,
      projectId: computed(() => PROJECT_ID),
      machine: computed(() => 'studio'),
      online: computed(() => true),
      timeline: computed(() => log.timeline),
    })
    return () => h(ChangesPanel)
  },
})

const file = (path: string, more: Partial<ChangedFile> = {}): ChangedFile => ({
  path,
  state: 'modified',
  staged: false,
  unstaged: true,
  ...more,
})
const clean: GitStatus = {
  repository: true,
  branch: 'main',
  commit: 'c',
  ahead: 0,
  behind: 0,
  files: [],
  truncated: false,
}
const RUN = [
  { kind: 'command', response: 'hi' },
  { kind: 'run_started', response: { cwd: '/p' } },
]
const END = { kind: 'run_finished', response: { durationMs: 1 } }

function tell(lines: Parameters<typeof buildLog>[0], from = 0): Promise<unknown> {
  const timelines = useTimelineStore()
  timelines.open(SESSION_ID)
  timelines.append(SESSION_ID, buildLog(lines).slice(from))
  timelines.flush()
  return flushPromises()
}

async function show(status: () => GitStatus, diff = '') {
  await tell(RUN)
  let asked = 0
  const page = await showOnPage(Page, {
    machine: {
      'git.status': () => {
        asked += 1
        return status()
      },
      'git.diff': () => ({ diff, truncated: false }),
    },
  })
  return { ...page, asked: () => asked }
}

test('branch, distance and changed files are listed, whatever their names hide', async () => {
  const page = await show(() => ({
    ...clean,
    upstream: 'origin/main',
    ahead: 2,
    behind: 1,
    files: [
      file('a\u202E.ts', { staged: true }),
      file('b.ts', { state: 'renamed', from: 'old.ts', staged: true, unstaged: false }),
      file('c.ts', { state: 'untracked' }),
    ],
    truncated: true,
  }))
  expect(page.text()).toContain('origin/main · 2 ahead · 1 behind')
  expect(page.text()).toContain('3 changed files')
  expect(page.text()).toContain('a⟨U+202E⟩.tsmodified · partly staged')
  expect(page.text()).toContain('b.tsrenamed · staged · was old.ts')
  expect(page.text()).toContain('c.tsnew')
  expect(page.text()).toContain('There are more than are listed.')
})

test('it is asked again when a run has ended, and on demand', async () => {
  let files: ChangedFile[] = []
  const page = await show(() => ({ ...clean, files }))
  expect(page.text()).toContain('Nothing has changed since the last commit.')
  expect(page.asked()).toBe(1)
  files = [file('a.ts')]
  await tell([...RUN, END], RUN.length)
  expect(page.asked()).toBe(2)
  expect(page.text()).toContain('1 changed file')
  await page.press('Look again')
  expect(page.asked()).toBe(3)
})

test('one file’s change is shown when it is asked for', async () => {
  const page = await show(() => ({ ...clean, files: [file('a.ts')] }), '@@ -1 +1 @@\n-old\n+new\n')
  await page.press('a.tsmodified')
  await flushPromises()
  await expect.poll(() => page.text()).toContain('removed: old')
  expect(page.text()).toContain('+1 −1')
})

test('from one changed file a step leads to the next, and around', async () => {
  const files = [file('a.ts'), file('b.ts'), file('c.ts')]
  const page = await show(() => ({ ...clean, files }), '@@ -1 +1 @@\n-old\n+new\n')
  await page.press('b.tsmodified')
  const heading = () => document.querySelector('[data-testid=changed-file] h2')?.textContent?.trim()
  await expect.poll(heading).toBe('b.ts')
  expect(page.text()).toContain('2 of 3')
  await page.press('Next file')
  expect(heading()).toBe('c.ts')
  await page.press('Next file')
  expect(heading()).toBe('a.ts')
  await page.press('Previous file')
  expect(heading()).toBe('c.ts')
  await expect.poll(() => page.text()).toContain('removed: old')
})

test('a file is named in the message box, for what is to be said of it', async () => {
  const page = await show(() => ({ ...clean, files: [file('a.ts')] }))
  await page.press('a.tsmodified')
  await expect.poll(() => page.text()).toContain('Write about it')
  await page.press('Write about it')
  expect(wantedMention.value).toEqual({ sessionId: SESSION_ID, path: 'a.ts' })
  expect(document.querySelector('[data-testid=changed-file]')).toBeNull()
})

test('no git, and no answer, are said', async () => {
  expect((await show(() => ({ repository: false }))).text()).toContain('The project is not kept in git.')
  const page = await showOnPage(Page, {
    machine: {
      'git.status': () => {
        throw new FarhandError('RATE_LIMITED')
      },
    },
  })
  expect(page.text()).toContain('studio has many questions to answer.')
})
