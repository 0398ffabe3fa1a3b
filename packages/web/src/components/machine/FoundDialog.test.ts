import { FarhandError } from '@farhand/shared'
import { enableAutoUnmount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readBeginning } from '../../composables/beginning.ts'
import { PROJECT_ID, SESSION_ID, showOnPage } from '../../testing/page.ts'
import FoundDialog from './FoundDialog.vue'

beforeEach(() => setActivePinia(createPinia()))
enableAutoUnmount(afterEach)

const idOf = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`
const found = (index: number, more: object = {}) => ({
  claudeSessionId: idOf(index),
  workingDirectory: '/p',
  title: `Talk ${index}`,
  changedAt: Date.now(),
  ...more,
})

async function show(pages: readonly (readonly object[])[]) {
  const asked: unknown[] = []
  const page = await showOnPage(FoundDialog, {
    props: { projectId: PROJECT_ID },
    machine: {
      'sessions.importable': (params) => {
        asked.push(params)
        const sessions = pages[asked.length - 1]
        if (sessions === undefined) throw new FarhandError('AGENT_OFFLINE')
        return { sessions, truncated: asked.length < pages.length }
      },
    },
  })
  return { ...page, asked }
}

test('each conversation says when, where and how long it was', async () => {
  const page = await show([[found(1, { messages: 1, branch: 'main', workingDirectory: '/p/web' })]])
  expect(page.text()).toContain('Found on studio')
  expect(page.text()).toMatch(/Talk 1\d\d:\d\d.* · 1 message · on main · in web/)
})

test('going on and forking begin another session, with all that it takes in its address', async () => {
  for (const [name, fork] of [
    ['Continue ‘Talk 1’ here', false],
    ['Fork ‘Talk 1’ into a new session', true],
  ] as const) {
    const page = await show([[found(1)]])
    await page.press(name)
    const { query, params } = page.router.currentRoute.value
    const from = { claudeSessionId: idOf(1), workingDirectory: '/p', title: 'Talk 1', fork }
    expect(readBeginning(query)).toEqual({ from, worktree: false })
    expect(query['project']).toBe(PROJECT_ID)
    expect(params['sessionId']).not.toBe(SESSION_ID)
    expect(page.wrapper.emitted('close')).toHaveLength(1)
    page.wrapper.unmount()
  }
})

test('one that is here already leads to its session', async () => {
  const page = await show([[found(1, { sessionId: SESSION_ID })]])
  expect(page.text()).toContain('Is here already')
  await page.press('Open ‘Talk 1’')
  expect(page.router.currentRoute.value.params['sessionId']).toBe(SESSION_ID)
})

test('more come page by page, each once', async () => {
  const page = await show([
    [found(1), found(2)],
    [found(2), found(3)],
  ])
  await page.press('Show more')
  expect(page.asked).toEqual([
    { limit: 20, offset: 0 },
    { limit: 20, offset: 2 },
  ])
  expect(page.wrapper.findAllComponents({ name: 'FoundSession' }).map((row) => row.props('found').title)).toEqual([
    'Talk 1',
    'Talk 2',
    'Talk 3',
  ])
  expect(() => page.button('Show more')).toThrow(/no button/)
})

test('none, and no answer, are said', async () => {
  expect((await show([[]])).text()).toContain('None were found in this project.')
  const page = await show([])
  expect(page.text()).toContain('studio is not connected. Try again when it is.')
  expect(page.button('Try again').disabled).toBe(false)
})
