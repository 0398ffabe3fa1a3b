import type { RequestItem } from '@farhand/shared'
import { enableAutoUnmount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { nextTick } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ARMED_AFTER_MS } from '../../composables/useArmed.ts'
import { outcomeText, requestTitle } from '../../format/request.ts'
import { useConnectionStore } from '../../stores/connectionStore.ts'
import { showOnPage } from '../../testing/page.ts'
import RequestCard from './RequestCard.vue'

beforeEach(() => {
  setActivePinia(createPinia())
  useConnectionStore().setLink({ name: 'connected', since: 0 })
})
afterEach(() => vi.useRealTimers())
enableAutoUnmount(afterEach)

const request = {
  requestId: 'r1',
  digest: 'd1',
  type: 'permission' as const,
  tool: 'Budget',
  input: { scope: 'session', what: 'cost', limit: 1, spent: 1 },
  title: 'The budget is used up. Go on?',
}
const item: RequestItem = {
  ...{ id: 'request:r1', commandId: 'c', at: 0, seq: 1, type: 'request', requestId: 'r1', digest: 'd1' },
  request,
  state: { name: 'open' },
}

async function show() {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'requestAnimationFrame', 'cancelAnimationFrame', 'Date'],
  })
  const decide = vi.fn(() => Promise.resolve())
  const page = await showOnPage(RequestCard, { props: { item }, session: { decide } })
  vi.advanceTimersToNextFrame()
  vi.advanceTimersByTime(ARMED_AFTER_MS)
  await nextTick()
  return { ...page, decide }
}

test('a budget that is used up is asked about in words', async () => {
  const page = await show()
  expect(page.text()).toContain('The budget is used up')
  expect(page.text()).toContain('This session has used $1.00 of $1.00.')
  expect(page.text()).not.toMatch(/scope|\{/)
  expect(() => page.button('Deny…')).toThrow(/no button/)
})

test('going on and stopping are the two answers', async () => {
  const page = await show()
  await page.press('Go on with as much again')
  await page.press('Stop here')
  expect(page.decide.mock.calls.map(([, wish]: unknown[]) => wish)).toEqual([{ behavior: 'allow', scope: 'once' }])
})

test('the record says what was decided, and by whom', () => {
  const by = { id: 'a', name: 'Ann' }
  const decided = (behavior: 'allow' | 'deny') => ({
    ...item,
    state: { name: 'decided' as const, behavior, at: 0, by },
  })
  expect(requestTitle(request)).toBe('The budget is used up')
  expect(outcomeText(decided('allow'))).toMatch(/^Budget used up, went on with as much again: allowed by Ann · /)
  expect(outcomeText(decided('deny'))).toMatch(/^Budget used up, stopped there: decided by Ann · /)
})
