import type { AgentResult } from '@farhand/shared'
import { FarhandError } from '@farhand/shared'
import { enableAutoUnmount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PROJECT_ID, SESSION_ID, showOnPage } from '../../testing/page.ts'
import UsageDialog from './UsageDialog.vue'

beforeEach(() => setActivePinia(createPinia()))
enableAutoUnmount(afterEach)

type Usage = AgentResult<'usage.list'>
const raised = { cost: 0, turns: 0, time: 0 }
const counted = {
  runs: 3,
  untold: 0,
  inputTokens: 1_200,
  outputTokens: 340,
  cacheReadTokens: 50_000,
  cacheCreationTokens: 1_000,
}
const GONE_ID = '00000000-0000-4000-8000-0000000000ff'

const USAGE: Usage = {
  limits: { projectUsdPerDay: 5, sessionUsd: 1, sessionTurns: 20, sessionMs: 5_400_000 },
  today: { day: '2026-03-02', costUsd: 0.75, raised: 1, counted },
  days: [
    { day: '2026-03-01', costUsd: 0.5, counted: { ...counted, untold: 2 } },
    { day: '2026-03-02', costUsd: 0.75, counted },
  ],
  sessions: [
    { sessionId: GONE_ID, costUsd: 1, turns: 9, ms: 0, raised },
    { sessionId: SESSION_ID, costUsd: 0.25, turns: 4, ms: 125_000, counted, raised },
  ],
  truncated: false,
}

const show = (usage: Usage | undefined) =>
  showOnPage(UsageDialog, {
    props: { projectId: PROJECT_ID },
    machine: {
      'usage.list': () => {
        if (usage === undefined) throw new FarhandError('AGENT_OFFLINE')
        return usage
      },
    },
  })

const cells = (): string[] =>
  [...document.querySelectorAll('tr')].map((row) => row.innerText || (row.textContent ?? ''))

test('days and sessions say what they used, the whole first, and the open session before the dear ones', async () => {
  const page = await show(USAGE)
  expect(cells()).toEqual([
    'DayRunsInOutCacheCost',
    'All 2 days62.4k680102.0k$1.25',
    'Today31.2k34051.0k$0.75',
    '1 Mar31.2k34051.0k$0.50',
  ])
  const sessions = [...document.querySelectorAll('[data-testid=usage-session]')].map((row) => row.textContent)
  expect(sessions[0]).toContain(
    'Fix itThis session · 3 runs · 1.2k in · 340 out · 51.0k cache · 2 min 5 s at work$0.25',
  )
  expect(page.text()).toContain('$0.75 of the $10.00 that this project may use in a day.')
  expect(page.text()).toContain('Each session may use $1.00, 20 turns, 1 h 30 min before somebody is asked.')
})

test('what is not known is said: what was not counted yet, not told, not listed, not here any more', async () => {
  const days = [{ day: '2026-02-28', costUsd: 2 }, ...USAGE.days]
  const page = await show({ ...USAGE, days, truncated: true })
  expect(cells().slice(1, 2)).toEqual(['All 3 days—not known—not known—not known—not known$3.25'])
  for (const said of [
    'A session that is not here any more9 turns',
    '2 runs ended before',
    'Only the 2 sessions',
    '— began',
  ])
    expect(page.text()).toContain(said)
})

test('nothing used, and no answer, are said', async () => {
  const { days: _days, sessions: _sessions, ...rest } = USAGE
  expect((await show({ ...rest, days: [], sessions: [] })).text()).toContain('No run of this project has ended yet.')
  const page = await show(undefined)
  expect(page.text()).toContain('studio is not connected. Try again when it is.')
  expect(page.button('Try again').disabled).toBe(false)
})
