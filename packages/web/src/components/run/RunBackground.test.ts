import { FarhandError } from '@farhand/shared'
import { buildLog } from '@farhand/shared/testing'
import { enableAutoUnmount, flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useTimelineStore } from '../../stores/timelineStore.ts'
import { PROJECT_ID, SESSION_ID, showOnPage } from '../../testing/page.ts'
import RunBackground from './RunBackground.vue'

beforeEach(() => {
  vi.useFakeTimers()
  setActivePinia(createPinia())
})
enableAutoUnmount(afterEach)
afterEach(() => vi.useRealTimers())

const notice = (message: string) => ({
  kind: 'notice',
  response: { level: 'info', type: 'background_task', message, taskId: 'b1' },
})
const started = notice('Background work started: pnpm dev')

test('what runs in the background is read along while it is open and runs, and once more at its end', async () => {
  const timelines = useTimelineStore()
  timelines.open(SESSION_ID)
  timelines.append(SESSION_ID, buildLog([started]))
  timelines.flush()
  let asked = 0
  const page = await showOnPage(RunBackground, {
    props: { projectId: PROJECT_ID },
    machine: {
      'tasks.output': (params) => {
        asked += 1
        expect(params).toEqual({ sessionId: SESSION_ID, taskId: 'b1' })
        if (asked === 1) throw new FarhandError('NOT_FOUND', 'Claude Code keeps no output of that work (any more).')
        return { text: asked === 2 ? '' : `tick ${asked}`, bytes: 40_000, truncated: asked === 3 }
      },
    },
  })
  const row = page.wrapper.get('button')
  expect(asked).toBe(0)
  await row.trigger('click')
  await flushPromises()
  expect(page.text()).toContain('keeps no output of that work')
  await vi.advanceTimersByTimeAsync(2_000)
  expect(page.text()).toContain('It has written nothing yet.')
  await vi.advanceTimersByTimeAsync(2_000)
  expect(page.text()).toContain('Only the end of it is shown.tick 3')
  timelines.append(SESSION_ID, buildLog([started, notice('Background work ended: pnpm dev')]))
  timelines.flush()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(page.text()).toContain('tick 4')
  expect(asked).toBe(4)
  await row.trigger('click')
  expect(page.text()).not.toContain('tick')
})
