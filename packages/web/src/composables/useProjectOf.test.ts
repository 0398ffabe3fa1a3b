import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test } from 'vitest'
import { useProjectStore } from '../stores/projectStore.ts'
import { useTimelineStore } from '../stores/timelineStore.ts'
import { useProjectOf } from './useProjectOf.ts'

beforeEach(() => setActivePinia(createPinia()))

test('a session that no list holds is in the project that this device kept with it, until it is lost', () => {
  const timelines = useTimelineStore()
  const log = timelines.open('s')
  const { projectId } = useProjectOf('s', () => undefined)
  expect(projectId.value).toBeUndefined()
  log.projectId = 'kept'
  expect(projectId.value).toBe('kept')
  useProjectStore().applyUpdate({
    projectId: 'told',
    session: {
      ...{ sessionId: 's', projectId: 'told', head: 1, running: 0, attention: 0, archived: false, pinned: false },
      ...{ readUpTo: 0, createdAt: 0, updatedAt: 0 },
    },
  })
  expect(projectId.value).toBe('told')
  useProjectStore().clear()
  timelines.lose('s')
  expect(projectId.value).toBeUndefined()
})
