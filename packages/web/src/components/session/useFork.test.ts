import { FarhandError } from '@farhand/shared'
import { buildLog } from '@farhand/shared/testing'
import { enableAutoUnmount, flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { defineComponent } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { readBeginning } from '../../composables/beginning.ts'
import { useNoticeStore } from '../../stores/noticeStore.ts'
import { useTimelineStore } from '../../stores/timelineStore.ts'
import { PROJECT_ID, SESSION_ID, showOnPage } from '../../testing/page.ts'
import { useFork } from './useFork.ts'

beforeEach(() => setActivePinia(createPinia()))
enableAutoUnmount(afterEach)

const CLAUDE_ID = '00000000-0000-4000-8000-0000000000ee'
const BEFORE_ID = '00000000-0000-4000-8000-0000000000ff'

async function open(started: object | undefined, parts: Parameters<typeof showOnPage>[1] = {}) {
  const timelines = useTimelineStore()
  timelines.open(SESSION_ID)
  const lines = [
    { kind: 'command', response: 'hi' },
    ...(started === undefined ? [] : [{ kind: 'run_started', response: started }]),
  ]
  timelines.append(SESSION_ID, buildLog(lines))
  timelines.flush()
  return use(SESSION_ID, parts)
}

/** As the list of sessions has it: it was not opened on this page. */
async function use(sessionId: string, parts: Parameters<typeof showOnPage>[1] = {}) {
  let used: ReturnType<typeof useFork> | undefined
  const Page = defineComponent({
    setup() {
      used = useFork(sessionId)
      return () => null
    },
  })
  const page = await showOnPage(Page, parts)
  if (used === undefined) throw new Error('nothing was mounted')
  return { ...page, ...used }
}

test('a fork begins another session of the project, with what it comes from and the words to begin with', async () => {
  const { canFork, fork, router } = await open({ claudeSessionId: CLAUDE_ID, cwd: '/p/web' })
  expect(canFork.value).toBe(true)
  void fork({ before: BEFORE_ID, text: 'In other words' })
  await flushPromises()
  const { params, query } = router.currentRoute.value
  expect(params['sessionId']).not.toBe(SESSION_ID)
  expect(query['project']).toBe(PROJECT_ID)
  expect(readBeginning(query).from).toEqual({
    claudeSessionId: CLAUDE_ID,
    workingDirectory: '/p/web',
    title: 'Fix it',
    fork: true,
    before: BEFORE_ID,
  })
})

test('one in a worktree is forked into the same, as its machine says where that is', async () => {
  const origin = { claudeSessionId: CLAUDE_ID, workingDirectory: '/p/web', rewound: false }
  const machine = { 'sessions.origin': () => ({ ...origin, worktree: { branch: 'farhand/fix-it' } }) }
  const { canFork, forkAll, router } = await open(
    { claudeSessionId: CLAUDE_ID, cwd: '/agent/worktrees/shop-1/web' },
    { machine },
  )
  expect(canFork.value).toBe(true)
  await forkAll()
  await flushPromises()
  expect(readBeginning(router.currentRoute.value.query).from).toMatchObject({
    workingDirectory: '/p/web',
    branch: 'farhand/fix-it',
    fork: true,
  })
})

test('one that was not opened here is asked for at its machine; what can’t be forked is told', async () => {
  const origin = { claudeSessionId: CLAUDE_ID, workingDirectory: '/p' }
  const answers: (() => object)[] = [
    () => ({ ...origin, rewound: true }),
    () => {
      throw new FarhandError('NOT_FOUND', 'There is no conversation.')
    },
    () => ({ ...origin, rewound: false }),
  ]
  const machine = { 'sessions.origin': () => answers.shift()?.() }
  const notices = useNoticeStore()
  const show = vi.spyOn(notices, 'show')
  const { canFork, forkAll, router } = await use(SESSION_ID, { machine })
  expect(canFork.value).toBe(true)
  await forkAll()
  await forkAll()
  expect(show.mock.calls).toEqual([
    [expect.stringContaining('Open it, and fork it from there')],
    ['Not forked: There is no conversation.'],
  ])
  expect(router.currentRoute.value.params['sessionId']).toBe(SESSION_ID)
  await forkAll()
  await flushPromises()
  expect(readBeginning(router.currentRoute.value.query).from).toMatchObject({ ...origin, title: 'Fix it' })
})

test('a session in which nothing ran yet has nothing to fork', async () => {
  const { claudeSessionId, canFork } = await open(undefined)
  expect(claudeSessionId.value).toBeUndefined()
  expect(canFork.value).toBe(false)
})
