import { enableAutoUnmount, flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { computed, defineComponent, ref } from 'vue'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { useProjectStore } from '../stores/projectStore.ts'
import { PROJECT_ID, SESSION_ID, showOnPage } from '../testing/page.ts'
import { PLAIN, readBeginning, writeBeginning, type Beginning } from './beginning.ts'
import { useBeginning } from './useBeginning.ts'

beforeEach(() => setActivePinia(createPinia()))
enableAutoUnmount(afterEach)

const NEW_ID = '00000000-0000-4000-8000-0000000000dd'
const from = { claudeSessionId: SESSION_ID, workingDirectory: '/p/web', title: 'An old talk', fork: false }

async function open(beginning: Beginning) {
  const begun = ref(false)
  const directory = ref<string>()
  let used: ReturnType<typeof useBeginning> | undefined
  const Page = defineComponent({
    setup() {
      used = useBeginning({
        sessionId: NEW_ID,
        projectId: computed(() => PROJECT_ID),
        begun: computed(() => begun.value),
        directory: () => directory.value,
      })
      return () => null
    },
  })
  const page = await showOnPage(Page)
  await page.router.push({ name: 'session', params: { sessionId: NEW_ID }, query: writeBeginning(beginning) })
  if (used === undefined) throw new Error('nothing was mounted')
  return { ...page, ...used, begun, directory }
}

test('the first message takes the beginning along, later ones the place where it works', async () => {
  const { along, begun, beginning, directory } = await open({ from, worktree: false })
  expect(along()).toEqual({ workingDirectory: '/p/web', options: { resume: SESSION_ID } })
  begun.value = true
  expect(beginning.value).toBeUndefined()
  expect(along()).toEqual({ workingDirectory: '/p/web' }) // Claude Code has not said yet where it works
  directory.value = '/p'
  expect(along()).toEqual({})
  directory.value = '/p/api'
  expect(along()).toEqual({ workingDirectory: '/p/api' })
  directory.value = '/srv/agent/worktrees/shop-1'
  expect(along()).toEqual({})
})

test('a session that goes on with a conversation is called after it', async () => {
  const { along, asked } = await open({ from, worktree: false })
  along()
  const projects = useProjectStore()
  const known = projects.sessions.get(SESSION_ID)
  if (known === undefined) throw new Error('the page knows no session')
  projects.applyUpdate({ projectId: PROJECT_ID, session: { ...known, sessionId: NEW_ID } })
  await flushPromises()
  expect(asked).toEqual([{ event: 'update_session', payload: { sessionId: NEW_ID, title: 'An old talk' } }])
})

test('what is chosen stands in the address', async () => {
  const { change, router, beginning } = await open({ from, worktree: false })
  change(PLAIN)
  await flushPromises()
  expect(readBeginning(router.currentRoute.value.query)).toEqual(PLAIN)
  change({ worktree: true })
  await flushPromises()
  expect(beginning.value).toEqual({ worktree: true })
})
