import { enableAutoUnmount, flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PLAIN, type Beginning } from '../../composables/beginning.ts'
import { PROJECT_ID, showOnPage } from '../../testing/page.ts'
import SessionBeginning from './SessionBeginning.vue'

beforeEach(() => setActivePinia(createPinia()))
enableAutoUnmount(afterEach)

function show(beginning: Beginning, status?: object) {
  return showOnPage(SessionBeginning, {
    props: { beginning, projectId: PROJECT_ID, online: true, machine: 'studio' },
    machine: status === undefined ? {} : { 'git.status': () => status },
  })
}

const git = { repository: true, commit: 'c', ahead: 0, behind: 0, files: [], truncated: false }

test('a worktree is chosen, and it is said what it is', async () => {
  const page = await show(PLAIN, git)
  expect(page.text()).toContain('What is not committed is not in it.')
  page.boxes()[0]?.click()
  await flushPromises()
  expect(page.wrapper.emitted('change')).toEqual([[{ worktree: true }]])
})

test.for([
  [{ repository: false }, 'not kept in git'],
  [{ ...git, commit: undefined }, 'has no commit yet'],
] as const)('where there can be no worktree it is said why: %j', async ([status, why]) => {
  const page = await show(PLAIN, status)
  expect(page.text()).toContain(why)
  expect(page.boxes()[0]?.disabled).toBe(true)
})

test('a machine that does not say can be asked by the first message', async () => {
  const page = await show(PLAIN)
  expect(page.boxes()[0]?.disabled).toBe(false)
})

test('what it goes on with is said, and can be left', async () => {
  const from = { claudeSessionId: 'c', workingDirectory: '/p', title: 'Talk\u200b', fork: false }
  const page = await show({ from, worktree: false })
  expect(page.text()).toContain('Goes on with ‘Talk⟨U+200B⟩’')
  expect(page.asked).toEqual([])
  await page.press('Begin without it')
  expect(page.wrapper.emitted('change')).toEqual([[PLAIN]])
})

test('a fork in a worktree says that both work in the same files', async () => {
  const from = { claudeSessionId: 'c', workingDirectory: '/p', title: 'Talk', fork: true, branch: 'farhand/fix-it' }
  const page = await show({ from, worktree: false })
  expect(page.text()).toContain('It works in the same worktree, on farhand/fix-it')
})
