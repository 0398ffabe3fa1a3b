import { createPinia, setActivePinia } from 'pinia'
import { defineComponent } from 'vue'
import { enableAutoUnmount, flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeBegun } from '../services/begunSession.ts'
import { draftKey } from '../services/draftStorage.ts'
import { useConnectionStore } from '../stores/connectionStore.ts'
import { useProjectStore } from '../stores/projectStore.ts'
import { PROJECT_ID, showOnPage } from '../testing/page.ts'
import { useNewSession } from './useNewSession.ts'

beforeEach(() => {
  setActivePinia(createPinia())
  localStorage.clear()
})
enableAutoUnmount(afterEach)

test('what was typed in a new session and not sent is gone back to; a begun one is begun anew', async () => {
  let sessions: ReturnType<typeof useNewSession> | undefined
  const { router } = await showOnPage(defineComponent({ setup: () => ((sessions = useNewSession()), () => null) }))
  useConnectionStore().personId = 'owner'
  async function start(opening?: Parameters<ReturnType<typeof useNewSession>['start']>[1]): Promise<string> {
    sessions?.start(PROJECT_ID, opening)
    await flushPromises()
    return String(router.currentRoute.value.params['sessionId'])
  }
  const first = await start()
  const second = await start()
  expect(second).not.toBe(first)
  localStorage.setItem(draftKey('owner', second), '{"text":"half a thought","at":1}')
  expect(await start({ text: 'proposed' })).not.toBe(second)
  writeBegun(PROJECT_ID, { sessionId: second, query: { mode: 'plan' } })
  expect(await start()).toBe(second)
  expect(router.currentRoute.value.query).toEqual({ project: PROJECT_ID, mode: 'plan' })
  const summary = { projectId: PROJECT_ID, head: 1, running: 0, attention: 0, readUpTo: 0, createdAt: 0, updatedAt: 0 }
  const session = { ...summary, sessionId: second, archived: false, pinned: false }
  useProjectStore().applyUpdate({ projectId: PROJECT_ID, session })
  expect(await start()).not.toBe(second)
})
