import { FarhandError } from '@farhand/shared'
import { enableAutoUnmount, flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { PROJECT_ID, showOnPage } from '../../testing/page.ts'
import RewindDialog from './RewindDialog.vue'

beforeEach(() => setActivePinia(createPinia()))
enableAutoUnmount(afterEach)

const props = { projectId: PROJECT_ID, to: 'c1', text: 'change it' }
const files = { changed: ['src/a.ts', 'b.ts'], insertions: 3, deletions: 1 }

async function show(preview: unknown, rewind = vi.fn(() => Promise.resolve())) {
  const write = vi.fn()
  const machine = { 'sessions.rewind_preview': () => preview }
  const page = await showOnPage(RewindDialog, { props, machine, session: { rewind }, write })
  return { ...page, rewind, write }
}

test('what would change is seen before, and the choice is what is sent', async () => {
  const page = await show({ conversation: true, files })
  expect(page.text()).toContain('2 files would be put back: +3 −1.')
  expect(page.text()).toContain('src/a.ts')
  expect(page.text()).toContain('What shell commands did stays')
  await page.press('Go back')
  expect(page.rewind).toHaveBeenCalledExactlyOnceWith({ to: 'c1', conversation: true, files: true })
  expect(page.write).toHaveBeenCalledExactlyOnceWith('change it')
  expect(page.wrapper.emitted('close')).toHaveLength(1)
})

test('the conversation alone, the files alone, and nothing', async () => {
  const page = await show({ conversation: true, files })
  const [conversation, putBack] = page.boxes()
  putBack?.click()
  conversation?.click()
  await flushPromises()
  expect(page.button('Go back').disabled).toBe(true)
  putBack?.click()
  await flushPromises()
  await page.press('Go back')
  expect(page.rewind).toHaveBeenCalledExactlyOnceWith({ to: 'c1', conversation: false, files: true })
  expect(page.write).not.toHaveBeenCalled()
})

test('files of which there is no copy stay, and it is said why', async () => {
  const page = await show({ conversation: true, reason: 'Claude Code can’t put the files back.' })
  expect(page.text()).toContain('Claude Code can’t put the files back.')
  expect(page.boxes()[1]?.disabled).toBe(true)
  await page.press('Go back')
  expect(page.rewind).toHaveBeenCalledExactlyOnceWith({ to: 'c1', conversation: true, files: false })
})

test('what can’t be gone back to is said, and nothing can be pressed', async () => {
  const page = await show({ conversation: false, reason: 'Something still runs: stop it first, then go back.' })
  expect(page.text()).toContain('Something still runs')
  expect(page.boxes()).toHaveLength(0)
  expect(page.button('Go back').disabled).toBe(true)
})

test('a refusal is told in its place, and may be tried again', async () => {
  const rewind = vi.fn(() => Promise.reject(new FarhandError('STORAGE_BUSY')))
  const page = await show({ conversation: true, files }, rewind)
  await page.press('Go back')
  expect(page.text()).toContain('Not done: The database is locked')
  expect(page.wrapper.emitted('close')).toBeUndefined()
  await page.press('Go back')
  expect(rewind).toHaveBeenCalledTimes(2)
})

test('a machine that does not answer can be asked again', async () => {
  let answers = 0
  const page = await showOnPage(RewindDialog, {
    props,
    machine: {
      'sessions.rewind_preview': () => {
        answers += 1
        if (answers === 1) throw new FarhandError('TIMEOUT_TOTAL')
        return { conversation: true, files }
      },
    },
  })
  expect(page.text()).toContain('took too long to answer')
  await page.press('Try again')
  expect(page.text()).toContain('2 files would be put back')
})
