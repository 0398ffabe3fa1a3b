import { buildLog } from '@farhand/shared/testing'
import { enableAutoUnmount, flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { defineComponent } from 'vue'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readBeginning } from '../../composables/beginning.ts'
import { useTimelineStore } from '../../stores/timelineStore.ts'
import { PROJECT_ID, SESSION_ID, showOnPage } from '../../testing/page.ts'
import { useFork } from './useFork.ts'

beforeEach(() => setActivePinia(createPinia()))
enableAutoUnmount(afterEach)

const CLAUDE_ID = '00000000-0000-4000-8000-0000000000ee'
const BEFORE_ID = '00000000-0000-4000-8000-0000000000ff'

async function open(started: object | undefined) {
  const timelines = useTimelineStore()
  timelines.open(SESSION_ID)
  const lines = [
    { kind: 'command', response: 'hi' },
    ...(started === undefined ? [] : [{ kind: 'run_started', response: started }]),
  ]
  timelines.append(SESSION_ID, buildLog(lines))
  timelines.flush()
  let used: ReturnType<typeof useFork> | undefined
  const Page = defineComponent({
    setup() {
      used = useFork(SESSION_ID)
      return () => null
    },
  })
  const page = await showOnPage(Page)
  if (used === undefined) throw new Error('nothing was mounted')
  return { ...page, ...used }
}

test('a fork begins another session of the project, with what it comes from and the words to begin with', async () => {
  const { canFork, fork, router } = await open({ claudeSessionId: CLAUDE_ID, cwd: '/p/web' })
  expect(canFork.value).toBe(true)
  fork({ before: BEFORE_ID, text: 'In other words' })
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

test('what works in a worktree elsewhere can’t be forked', async () => {
  const { source, canFork, fork, router } = await open({ claudeSessionId: CLAUDE_ID, cwd: '/agent/worktrees/shop-1' })
  expect(source.value).toBeDefined()
  expect(canFork.value).toBe(false)
  fork()
  await flushPromises()
  expect(router.currentRoute.value.params['sessionId']).toBe(SESSION_ID)
})

test('a session in which nothing ran yet has nothing to fork', async () => {
  const { source, canFork } = await open(undefined)
  expect(source.value).toBeUndefined()
  expect(canFork.value).toBe(false)
})
