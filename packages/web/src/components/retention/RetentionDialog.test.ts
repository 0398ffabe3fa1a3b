import { FarhandError, type RetentionPlan, type RetentionRule, type RetentionState } from '@farhand/shared'
import { enableAutoUnmount, flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Retention } from '../../services/retention.ts'
import { PROJECT_ID, SESSION_ID, showOnPage } from '../../testing/page.ts'
import { draftOf, ruleOf, tellRule } from './draft.ts'
import RetentionDialog from './RetentionDialog.vue'

beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers({ now: new Date(2026, 2, 20) })
})
afterEach(() => vi.useRealTimers())
enableAutoUnmount(afterEach)

const NOTHING: RetentionPlan = { sessions: 0, entries: 0, bytes: 0, first: [] }
const AT = new Date(2026, 0, 3).getTime()
const session = (title: string) => ({
  ...{ sessionId: SESSION_ID, projectId: PROJECT_ID, title, updatedAt: AT, entries: 9, bytes: 4_000_000 },
  why: 'age' as const,
})
const PLAN: RetentionPlan = {
  ...{ sessions: 7, entries: 70, bytes: 2_500_000_000, oldest: AT, newest: AT + 86_400_000 },
  first: Array.from({ length: 7 }, (_, index) => ({
    ...session(`Old ${index}`),
    sessionId: `${index}${SESSION_ID.slice(1)}`,
  })),
}
const state = (part: Partial<RetentionState> = {}): RetentionState => ({
  ...{ rule: null, default: null, holds: { sessions: 12, entries: 999, bytes: 3_000_000_000 } },
  ...{ now: NOTHING, next: NOTHING, digest: 'none', records: [] },
  ...part,
})

async function show(begin: RetentionState, parts: Partial<Retention> = {}, general = state()) {
  const calls: unknown[] = []
  const answer = (rule: RetentionRule | null): RetentionState =>
    rule?.maxAgeDays === undefined ? state({ rule }) : state({ rule, now: PLAN, digest: `of ${rule.maxAgeDays}` })
  const api: Retention = {
    read: async (scope) => (scope === 'default' ? general : begin),
    preview: async (scope, rule) => {
      calls.push({ look: scope, rule })
      return answer(rule)
    },
    set: async (scope, rule, digest) => {
      calls.push({ set: scope, rule, digest })
      return state({ rule })
    },
    ...parts,
  }
  const page = await showOnPage(RetentionDialog, { props: { projectId: PROJECT_ID, api } })
  const settle = async () => {
    await vi.advanceTimersByTimeAsync(400)
    await flushPromises()
  }
  await settle()
  const pick = async (text: string) => {
    const label = [...document.querySelectorAll('label')].find((one) => one.textContent?.includes(text))
    label?.querySelector('input')?.click()
    await settle()
  }
  const write = async (name: string, value: string) => {
    const label = [...document.querySelectorAll('label')].find((one) => one.textContent?.trim() === name)
    const field = label?.querySelector('input')
    if (!field) throw new Error(`no field ${name}`)
    field.value = value
    field.dispatchEvent(new Event('input'))
    await settle()
  }
  return { ...page, calls, settle, pick, write }
}

test('nothing is set until it was seen what goes, and then exactly that is confirmed', async () => {
  const page = await show(state())
  expect(page.text()).toContain('Kept now: 12 sessions, 3.0 GB.')
  expect(page.text()).toContain('everywhere: everything is kept')
  await page.pick('deletes old sessions by itself')
  await page.write('Days', '30')
  expect(page.text()).toContain('7 sessions, 2.5 GB, last changed 3 Jan to 4 Jan.')
  expect(document.querySelectorAll('[data-testid=retention-session]')).toHaveLength(5)
  await page.press('Show all 7')
  expect(page.text()).toContain('Old 6')
  await page.press('Set the rule and delete 7 sessions')
  await page.settle()
  expect(page.calls.at(-1)).toEqual({ set: PROJECT_ID, rule: { maxAgeDays: 30 }, digest: 'of 30' })
  expect(page.text()).toContain('The rule is set.')
  expect(() => page.button('Set the rule')).toThrow()
})

test('while a rule is typed or wrong there is nothing to confirm', async () => {
  const page = await show(state())
  await page.pick('deletes old sessions by itself')
  await page.write('Days', '0')
  expect(page.text()).toContain('Days are a whole number from 1 on.')
  expect(() => page.button('Set the rule')).toThrow()
  await page.pick('after a time without a change')
  expect(page.text()).toContain('Choose at least one of the two.')
})

test('what changed meanwhile is said, and looked at again', async () => {
  const set = () => Promise.reject(new FarhandError('STALE', 'It would delete other sessions by now.'))
  const page = await show(state(), { set })
  await page.pick('deletes old sessions by itself')
  await page.press('Set the rule and delete 7 sessions')
  expect(page.text()).toContain('It would delete other sessions by now.')
  expect(page.button('Set the rule').disabled).toBe(true)
  await page.press('Try again')
  await page.settle()
  expect(page.button('Set the rule and delete 7 sessions').disabled).toBe(false)
})

test('a rule that waits asks for a person; what was deleted is listed', async () => {
  const rule = { maxAgeDays: 30 }
  const records = [
    { at: AT, projectId: PROJECT_ID, rule, sessions: 3, entries: 5, bytes: 900_000, oldest: AT, newest: AT },
  ]
  const page = await show(state({ rule, stopped: 'clock', now: PLAN, digest: 'seen', records }))
  expect(page.text()).toContain('The rule waits for you')
  expect(page.text()).toMatch(/Deleted lately.*: 3 sessions, 900 kB/)
  await page.press('Set the rule and delete 7 sessions')
  expect(page.calls).toEqual([{ set: PROJECT_ID, rule, digest: 'seen' }])
})

test('the rule for all projects is one of its own, and has nothing above it', async () => {
  const page = await show(state())
  await page.pick('every project that has no rule of its own')
  expect(page.text()).not.toContain('does here what it does everywhere')
  await page.pick('deletes old sessions by itself')
  expect(page.calls.at(-1)).toEqual({ look: 'default', rule: { maxAgeDays: 180 } })
})

test('where the rule of all projects waits, it is that one which is confirmed', async () => {
  const rule = { maxAgeDays: 30 }
  const waits = { stopped: 'log', now: PLAN, digest: 'seen' } as const
  const page = await show(state({ default: rule, ...waits }), {}, state({ rule, default: rule, ...waits }))
  await page.press('Set the rule and delete 7 sessions')
  expect(page.calls).toEqual([{ set: 'default', rule, digest: 'seen' }])
})

test('a draft becomes the rule that it came from', () => {
  for (const rule of [
    null,
    {},
    { maxAgeDays: 9 },
    { maxBytes: 2_500_000_000 },
    { maxAgeDays: 1, maxBytes: 10_000_000 },
  ]) {
    expect(ruleOf(draftOf({ rule }, false), false)).toEqual({ rule })
  }
  expect(ruleOf(draftOf({ rule: null }, true), true)).toEqual({ rule: null })
  expect(ruleOf({ choice: 'delete', byAge: false, days: '', bySize: true, gigabytes: '1,5' }, true)).toEqual({
    rule: { maxBytes: 1_500_000_000 },
  })
  expect(tellRule({ maxAgeDays: 1, maxBytes: 2_000_000_000 })).toBe('after 1 day and from 2.0 GB on')
})
