import { FarhandError } from '@farhand/shared'
import { buildLog } from '@farhand/shared/testing'
import { enableAutoUnmount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useConnectionStore } from '../../stores/connectionStore.ts'
import { useNoticeStore } from '../../stores/noticeStore.ts'
import { useTimelineStore } from '../../stores/timelineStore.ts'
import { SESSION_ID, showOnPage } from '../../testing/page.ts'
import RunGrants from './RunGrants.vue'

beforeEach(() => {
  setActivePinia(createPinia())
  useConnectionStore().setLink({ name: 'connected', since: 0 })
})
enableAutoUnmount(afterEach)

function tellGrant(): void {
  const timelines = useTimelineStore()
  timelines.open(SESSION_ID)
  const until = useConnectionStore().relayNow() + 90_500
  const grant = {
    level: 'info',
    type: 'grant',
    message: 'm',
    state: 'begun',
    grantId: 'r1',
    rule: 'Bash(git push*)',
    until,
  }
  timelines.append(SESSION_ID, buildLog([{ kind: 'notice', response: grant }]))
  timelines.flush()
}

test('what is allowed for a while says how long still, and is taken back once', async () => {
  tellGrant()
  const revoke = vi.fn(() => Promise.resolve())
  const page = await showOnPage(RunGrants, { session: { revoke } })
  expect(page.text()).toMatch(/Bash\(git push\*\)1:(30|29) left/)
  await page.press('Take back Bash(git push*)')
  expect(revoke).toHaveBeenCalledExactlyOnceWith({ grantId: 'r1' })
  expect(page.button('Take back Bash(git push*)').disabled).toBe(true)
})

test('a refusal is told, and it can be tried again', async () => {
  tellGrant()
  const revoke = vi.fn(() => Promise.reject(new FarhandError('FORBIDDEN')))
  const page = await showOnPage(RunGrants, { session: { revoke } })
  await page.press('Take back Bash(git push*)')
  expect(JSON.stringify(useNoticeStore().$state)).toContain('Not taken back')
  expect(page.button('Take back Bash(git push*)').disabled).toBe(false)
})
