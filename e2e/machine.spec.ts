import type { Locator, Page } from '@playwright/test'
import type { AgentResult } from '@farhand/shared'
import { execa } from 'execa'
import { answers, composer, expect, requestCard, send, test } from './fixtures.ts'
import { open as openScene, test as staged } from './stage/fixtures.ts'
import { writeRun } from './stage/scene.ts'
import type { Stage } from './stage/stage.ts'
import { expectAccessible, expectFits, expectLargeTargets } from './seen.ts'

/** It starts Claude Code four times. */
const TIMEOUT_MS = 240_000
/** Each start takes a second or two, and on a busy machine many. */
const START = { timeout: 45_000 }

test('what was done in a session is seen, gone back before, forked and found again', async ({ page, house }) => {
  test.setTimeout(TIMEOUT_MS)
  await commitAll(house.project)
  await page.reload()

  await test.step('the files that a run changed, and how', async () => {
    await allowChange(page)
    expect(await house.readProjectFile('greeting.mjs')).toContain('Good day')
    await page.getByRole('tab', { name: /^Changes/ }).click()
    const changes = page.getByTestId('changes')
    await expect(changes).toContainText('main')
    await changes.getByRole('button', { name: /greeting\.mjs/ }).click()
    const dialog = page.getByRole('dialog')
    await expect(dialog).toContainText("export const greeting = 'Good day'")
    await dialog.getByRole('button', { name: 'Close' }).click()
  })

  const first = page.url()
  await test.step('a fork knows what was said, and goes its own way', async () => {
    await page.getByRole('button', { name: 'Go on from here in a new session' }).click()
    await expect(page.getByTestId('beginning')).toContainText('A fork of ‘change the greeting’')
    await page.reload() // it stands in the address
    await expect(page.getByTestId('beginning')).toContainText('A fork of')
    await send(page, 'echo in the fork')
    await expect(answers(page).last()).toContainText('in the fork', START)
    await expect(conversation(page)).toContainText('Imported from Claude Code: ‘change the greeting’')
    await expect(answers(page).first()).toContainText('greeting')
    expect(page.url()).not.toBe(first)
    await page.goto(first)
    await page.getByRole('tab', { name: /^Changes/ }).click()
  })

  await test.step('going back takes conversation and files along, and says what it does not', async () => {
    await page.getByRole('button', { name: 'More for the message ‘change the greeting’' }).click()
    await page.getByRole('menuitem', { name: 'Go back to before this…' }).click()
    const dialog = page.getByRole('alertdialog')
    await expect(dialog).toContainText('1 file would be put back')
    await expect(dialog).toContainText('greeting.mjs')
    await expect(dialog).toContainText('shell commands')
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'Go back' }).click()
    await expect(conversation(page)).toContainText('Went back.', START)
    expect(await house.readProjectFile('greeting.mjs')).toContain('Hello')
    await expect(page.getByTestId('changes')).toContainText('Nothing has changed')
    const dropped = page.getByTestId('rewind-dropped')
    await expect(dropped).toContainText('that Claude does not know of any more')
    await expect(page.getByText('Done: ')).toBeHidden()
    await dropped.click()
    await expect(page.getByText('Done: ')).toBeVisible()
    await expect(composer(page)).toHaveValue('change the greeting')
  })

  await test.step('to ask nothing any more is explained, and refused with what to do about it', async () => {
    await page.getByRole('button', { name: 'Permission mode: Ask' }).click()
    await page.getByRole('menuitemradio', { name: /Bypass/ }).click()
    const dialog = page.getByRole('alertdialog')
    await expect(dialog).toContainText('without asking')
    await dialog.getByRole('button', { name: 'Ask nothing any more' }).click()
    await expect(dialog).toContainText('workstation does not allow that')
    await expect(dialog).toContainText('--allow-bypass')
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'Close' }).click()
    await expect(page.getByRole('button', { name: 'Permission mode: Ask' })).toBeVisible()
  })

  await test.step('a deleted session is found on the machine, and gone on with', async () => {
    await page.getByRole('button', { name: 'More for change the greeting' }).click()
    await page.getByRole('menuitem', { name: 'Delete…' }).click()
    const dialog = page.getByRole('alertdialog')
    await expect(dialog.getByRole('checkbox', { name: /Claude Code’s own record/ })).not.toBeChecked()
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'Delete' }).click()
    await expect(page.getByText('Choose a session')).toBeVisible()
    await page.getByRole('button', { name: 'Found on workstation…' }).click()
    const found = page.getByTestId('found-session')
    await expect(found.filter({ hasText: 'Is here already' })).toHaveCount(1)
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Continue ‘change the greeting’ here' }).click()
    await expect(page.getByTestId('beginning')).toContainText('Goes on with')
    await send(page, 'echo gone on')
    await expect(answers(page).last()).toContainText('gone on', START)
    await expect(conversation(page)).toContainText('Done: ')
    await expect(conversation(page)).toContainText('End of what was imported')
  })
})

function conversation(page: Page): Locator {
  return page.getByRole('log', { name: 'Conversation' })
}

async function allowChange(page: Page): Promise<void> {
  await send(page, 'change the greeting')
  await requestCard(page).getByRole('button', { name: 'Allow once' }).click(START)
  await expect(answers(page).last()).toContainText('Done', START)
}

async function commitAll(directory: string): Promise<void> {
  const git = (...args: string[]) => execa('git', args, { cwd: directory })
  await git('checkout', '-q', '-b', 'main')
  await git('add', '--all')
  await git('-c', 'user.name=Test', '-c', 'user.email=test@example.org', 'commit', '-q', '-m', 'Begin')
}

staged.describe('on a phone', () => {
  staged.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme: 'dark' })

  staged('what opens about the machine has room, names and large targets', async ({ page, stage }) => {
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
    Object.assign(stage.answers, answersOf(Date.now()))
    stage.tellStatus({
      version: '2.2.0',
      loggedIn: true,
      drift: { recorded: '2.1.329', unknown: ['system/oracle'], gone: ['assistant.usage.server_tool_use'] },
    })
    const { sessionId } = await openScene(page, stage, overspent(Date.now()))
    await look(page, 'budget')
    await page.getByRole('button', { name: 'Stop here' }).tap()
    await expect(page.getByTestId('request-outcome')).toContainText('stopped there')
    await page
      .getByRole('button', { name: /^More for the message/ })
      .first()
      .tap()
    await page.getByRole('menuitem', { name: 'Go back to before this…' }).tap()
    await expect(page.getByRole('alertdialog')).toContainText('2 files would be put back')
    await look(page, 'rewind')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Run details' }).tap()
    await expect(page.getByTestId('grants')).toContainText('Bash(git push*)')
    await look(page, 'run')
    await page.getByRole('button', { name: 'Usage and cost…' }).tap()
    await expect(page.getByTestId('usage').getByRole('row', { name: /^Today/ })).toContainText('12.3k')
    await expect(page.getByTestId('usage')).toContainText('1 run ended before Claude Code told what was used')
    await look(page, 'usage')
    await page.keyboard.press('Escape')
    await expect(page.getByTestId('usage')).toBeHidden()
    await page.getByTestId('drift').tap()
    await expect(page.getByRole('dialog').getByText('assistant.usage')).toBeVisible()
    await look(page, 'drift')
    await page.keyboard.press('Escape')
    await page.getByRole('tab', { name: /^Changes/ }).tap()
    await look(page, 'changes')
    await page.getByRole('button', { name: /total\.ts/ }).tap()
    await expect(page.getByTestId('changed-file')).toContainText('return sub')
    await look(page, 'diff')
    await page.goto(`${stage.url}/`)
    await page
      .getByRole('button', { name: /^Found on workstation/ })
      .first()
      .tap()
    await expect(page.getByRole('dialog')).toContainText('Flaky checkout test')
    await look(page, 'found')
    await page.getByRole('button', { name: 'Continue ‘Flaky checkout test’ here' }).tap()
    await look(page, 'beginning')
    expect(page.url()).not.toContain(sessionId)
  })
})

/** As axe, a finger and a narrow window see it. */
async function look(page: Page, name: string): Promise<void> {
  await expectAccessible(page, name)
  await expectFits(page, name)
  await expectLargeTargets(page, name)
}

/** A run that was imported, went back, was granted something, and has used up its budget. */
function overspent(now: number) {
  const first = writeRun('Add the coupon to the order total', now - 600_000)
  first
    .note('import_began', 'Imported', { title: 'Coupons', messages: 1_200, omitted: 200, claudeSessionId: CLAUDE_ID })
    .say('We spoke of coupons before.')
    .note('import_ended', 'End')
    .start({ claudeSessionId: CLAUDE_ID })
    .tool('Bash', { command: 'git push', description: 'Push' }, 'ok')
    .say('It is pushed.')
    .end()
  const second = writeRun('Now round it', now - 300_000).start({ claudeSessionId: CLAUDE_ID })
  const until = now + 1_700_000
  second
    .note('unknown', 'Claude Code said something new: system/oracle', { raw: { type: 'system', subtype: 'oracle' } })
    .note('grant', 'Anna allowed Bash(git push*) in this session for 30 min.', {
      ...{ state: 'begun', grantId: 'g1', rule: 'Bash(git push*)', until },
    })
    .ask(
      'Budget',
      { scope: 'session', what: 'cost', limit: 1, spent: 1.02 },
      { title: 'The budget is used up. Go on?', description: 'This session has used $1.02 of $1.00.' },
    )
  return {
    title: 'Add coupon API',
    commands: [first.command, second.command],
    lines: [...first.lines, ...second.lines],
  }
}

const CLAUDE_ID = '6f1c2a34-0b1d-4c3e-9f50-123456789abc'

/** What the machine of the stage says. */
function answersOf(now: number): Stage['answers'] {
  const file = { state: 'modified', staged: false, unstaged: true } as const
  const found = { workingDirectory: '/home/dev/shop-api', changedAt: now - 3_600_000, messages: 42, branch: 'main' }
  return {
    'git.status': {
      repository: true,
      branch: 'farhand/add-the-coupon-1a2b3c4d5e6f',
      commit: '1234',
      upstream: 'origin/main',
      ahead: 2,
      behind: 1,
      files: [
        { ...file, path: 'src/order/total.ts', staged: true },
        { ...file, path: 'src/order/coupons/a/rather/long/way/down/to/discount.ts', state: 'untracked' },
      ],
      truncated: false,
    },
    'git.diff': {
      diff: '@@ -1,3 +1,4 @@\n export function total(lines) {\n-  return sum(lines)\n+  const sub = sum(lines)\n+  return sub + tax(sub)\n }\n',
      truncated: false,
    },
    'usage.list': usageOf(now),
    'sessions.rewind_preview': {
      conversation: true,
      files: { changed: ['src/order/total.ts', 'src/order/discount.ts'], insertions: 12, deletions: 3 },
    },
    'sessions.importable': {
      sessions: [
        { ...found, claudeSessionId: CLAUDE_ID, title: 'Flaky checkout test' },
        {
          ...found,
          claudeSessionId: '00000000-0000-4000-8000-000000000001',
          title: 'A very long title that goes on and on, as first prompts do when nobody thinks of a list',
          workingDirectory: '/home/dev/shop-api/packages/web',
        },
      ],
      truncated: true,
    },
  }
}

/** Of a machine that counts runs and tokens since yesterday. */
function usageOf(now: number): AgentResult<'usage.list'> {
  const dayOf = (ago: number) => new Date(now - ago * 24 * 3_600_000).toISOString().slice(0, 10)
  const tokens = { inputTokens: 12_340, outputTokens: 4_400, cacheReadTokens: 1_250_000, cacheCreationTokens: 51_000 }
  const today = { day: dayOf(0), costUsd: 2.75, counted: { runs: 3, untold: 1, ...tokens } }
  const yesterday = { day: dayOf(1), costUsd: 0.5, counted: { runs: 1, untold: 0, ...tokens } }
  const session = { sessionId: CLAUDE_ID, costUsd: 1.25, turns: 4, ms: 125_000 }
  return {
    limits: { projectUsdPerDay: 5, sessionUsd: 1, sessionMs: 1_800_000 },
    today: { ...today, raised: 0 },
    days: [{ day: dayOf(2), costUsd: 12.5 }, yesterday, today],
    sessions: [{ ...session, raised: { cost: 0, turns: 0, time: 0 } }],
    truncated: false,
  }
}
