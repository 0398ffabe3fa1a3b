import { randomUUID } from 'node:crypto'
import type { Locator, Page } from '@playwright/test'
import { expect, open } from './fixtures.ts'
import { rowsKept, withRelay } from './relay.ts'
import type { Scene } from './scene.ts'
import { editRequest, failed, finished } from './scenes.ts'
import type { Stage } from './stage.ts'
import * as troubles from './troubles.ts'

/**
 * A state that a person can meet: how to get there, what the page says of it, and the one thing to do next. `undefined` as the
 * step: it goes on by itself.
 */
export type State = {
  name: string
  /** No machine has ever connected. */
  noMachine?: true
  reach(page: Page, stage: Stage): Promise<unknown>
  says(page: Page): Locator[]
  step(page: Page): Locator | undefined
}

/** Longer than this the page says that it takes long. */
const LONG_LOADING = { timeout: 15_000 }
/** So long before the time that they are told these scenes begin, and what was before a page is no news to it. */
const BEGAN_BEFORE_MS = { request: 30_000, failure: 26 * 3_600_000 }
const button = (name: string | RegExp) => (page: Page) => page.getByRole('button', { name })
const text = (page: Page, said: string | RegExp): Locator => page.getByText(said).filter({ visible: true }).first()
const strip = (page: Page, said: RegExp): Locator => page.getByTestId('session-strip').filter({ hasText: said })
const pill = (page: Page, said: string): Locator =>
  page.getByTestId('connection-pill').getByText(said, { exact: true }).filter({ visible: true })
const toasts = (page: Page): Locator =>
  page.getByRole('region', { name: 'News of other sessions' }).getByRole('listitem')
const messageBox = (page: Page): Locator => page.locator('#composer')
const shows = (make: (now: number) => Scene) => (page: Page, stage: Stage) => open(page, stage, make(Date.now()))

export const STATES: readonly State[] = [
  ...beforeASession(),
  ...whileReading(),
  ...withoutOthers(),
  ...atTheMachine(),
  ...inARun(),
  ...ofThePage(),
]

function beforeASession(): State[] {
  return [
    {
      name: 'no-machine',
      noMachine: true,
      reach: (page, stage) => page.goto(stage.url),
      says: (page) => [text(page, 'Connect your dev machine'), text(page, 'It appears here by itself.')],
      step: (page) => text(page, 'npm run agent'),
    },
    {
      name: 'empty-session',
      reach: (page, stage) => page.goto(`${stage.url}/s/${randomUUID()}?project=${stage.projectId}`),
      says: (page) => [text(page, 'What should Claude do in shop-api?')],
      step: button('What does this project do?'),
    },
    {
      name: 'another-session-in-the-same-folder',
      async reach(page, stage) {
        await stage.play(troubles.busy(Date.now()))
        await page.goto(`${stage.url}/s/${randomUUID()}?project=${stage.projectId}`)
      },
      says: (page) => [text(page, /‘Migrate to pnpm’ is at work in this folder too/)],
      step: button('Use a worktree'),
    },
    {
      name: 'session-not-here',
      reach: (page, stage) => page.goto(`${stage.url}/s/${randomUUID()}`),
      says: (page) => [text(page, 'This session is not here'), text(page, /It was deleted, or it belongs to someone/)],
      step: (page) => page.getByRole('link', { name: 'Back to sessions' }),
    },
  ]
}

function whileReading(): State[] {
  return [
    {
      name: 'reading-what-was-kept',
      async reach(page, stage) {
        const relay = await withRelay(page)
        await open(page, stage, finished(Date.now()))
        await expect.poll(() => rowsKept(page, 'tailFacts')).toBe(1)
        relay.answersNot = true
        await page.reload()
      },
      says: (page) => [text(page, /It compares times that are taken twice/), pill(page, 'Catching up')],
      step: messageBox,
    },
    {
      name: 'reading-for-long',
      async reach(page, stage) {
        const relay = await withRelay(page)
        await page.reload()
        await expect(messageBox(page)).toBeVisible()
        const { sessionId } = await stage.play(finished(Date.now()))
        const row = page.locator(`a[href*="${sessionId}"]`).first()
        const list = page.getByRole('button', { name: 'Open session list' })
        if (await list.isVisible()) await list.click()
        await expect(row).toBeVisible() // its project is told of it by the same relay
        relay.answersNot = true
        await row.click()
        await expect(text(page, /takes longer than usual/)).toBeVisible(LONG_LOADING)
      },
      // What is asked for without an answer is asked for again after a while.
      says: (page) => [text(page, /This takes longer than usual. It goes on by itself|Trying again…/)],
      step: messageBox,
    },
  ]
}

function withoutOthers(): State[] {
  return [
    {
      name: 'browser-offline',
      async reach(page, stage) {
        await open(page, stage, finished(Date.now()))
        await page.context().setOffline(true)
      },
      says: (page) => [strip(page, /You are offline. Messages are kept on this device/)],
      step: messageBox,
    },
    {
      name: 'relay-away',
      async reach(page, stage) {
        await open(page, stage, finished(Date.now()))
        await stage.stopRelay()
      },
      says: (page) => [strip(page, /Cannot reach 127.0.0.1:\d+. Messages are kept and sent when it is back/)],
      step: button('Retry now'),
    },
    {
      name: 'machine-away',
      async reach(page, stage) {
        await open(page, stage, finished(Date.now()))
        await stage.setOnline(false)
      },
      says: (page) => [strip(page, /workstation is offline since .+ Messages wait on the relay/)],
      step: messageBox,
    },
    {
      name: 'machine-away-in-a-run',
      async reach(page, stage) {
        await open(page, stage, troubles.busy(Date.now()))
        await stage.setOnline(false)
      },
      says: (page) => [
        text(page, 'No sign of life from workstation. The run may still be going.'),
        text(page, 'Unknown — machine disconnected'),
      ],
      step: messageBox,
    },
    {
      name: 'run-lost',
      reach: shows(failed),
      says: (page) => [text(page, 'The agent restarted while this ran.')],
      step: button('Go on'),
    },
  ]
}

function atTheMachine(): State[] {
  const problem = (code: string, message: string) => async (page: Page, stage: Stage) => {
    await open(page, stage, finished(Date.now()))
    stage.tellStatus({ problem: { code, message } })
  }
  return [
    {
      name: 'claude-not-installed',
      reach: problem('CLAUDE_NOT_FOUND', 'Claude Code is not installed on workstation.'),
      says: (page) => [strip(page, /Claude Code is not installed on workstation/)],
      step: (page) => strip(page, /Install it there, or set CLAUDE_PATH/),
    },
    {
      name: 'claude-signed-out',
      reach: problem('CLAUDE_AUTH', 'Claude Code is signed out on workstation.'),
      says: (page) => [strip(page, /Claude Code is signed out on workstation/)],
      step: (page) => strip(page, /Run `?claude`? there and log in/),
    },
    {
      name: 'claude-of-another-version',
      async reach(page, stage) {
        await open(page, stage, finished(Date.now()))
        stage.tellStatus({ version: '9.9.9', drift: { recorded: '2.1.0', unknown: ['system/new'], gone: [] } })
        const list = page.getByRole('button', { name: 'Open session list' })
        if (await list.isVisible()) await list.click()
      },
      says: (page) => [text(page, /Claude Code 9.9.9 is newer than what this was tested with/)],
      step: (page) => page.getByTestId('drift').first(),
    },
    {
      name: 'folder-gone',
      reach: shows(troubles.folderGone),
      says: (page) => [text(page, 'The folder /home/dev/shop-api does not exist any more.')],
      step: (page) => text(page, 'Create it there, or choose another.'),
    },
  ]
}

function inARun(): State[] {
  return [
    {
      name: 'busy',
      reach: shows(troubles.busy),
      says: (page) => [text(page, /Working · \d/), page.getByRole('textbox', { name: /message/i })],
      step: (page) => page.getByTestId('stop'),
    },
    {
      name: 'api-retry',
      reach: shows(troubles.retrying),
      says: (page) => [text(page, 'The API answered 529; attempt 2 of 10 follows in 4.0 s.')],
      step: (page) => page.getByTestId('stop'),
    },
    {
      name: 'limit-reached',
      reach: shows(troubles.limited),
      says: (page) => [text(page, /The five hour limit of this account is reached. It resets at .+/)],
      step: messageBox,
    },
    {
      name: 'no-credit',
      reach: shows(troubles.broke),
      says: (page) => [text(page, 'Credit balance is too low')],
      step: (page) => text(page, /send the command again to go on/i),
    },
    {
      name: 'context-nearly-full',
      reach: shows(troubles.nearlyFull),
      says: (page) => [page.getByTestId('context-meter').filter({ hasText: '95 %' })],
      step: (page) => page.getByTestId('context-meter'),
    },
    {
      name: 'run-failed',
      reach: shows(troubles.crashed),
      says: (page) => [text(page, 'Claude Code ended with an error.'), text(page, /request failed \(req_/)],
      step: (page) => text(page, /send the command again to go on/i),
    },
    {
      name: 'budget-used-up',
      reach: shows(troubles.overBudget),
      says: (page) => [text(page, 'Stopped after 50 turns.')],
      step: (page) => text(page, /send a command to go on/),
    },
    {
      name: 'request-lost',
      reach: shows(troubles.requestLost),
      says: (page) => [text(page, /Cancelled: the run ended before an answer/)],
      step: button('Go on'),
    },
  ]
}

function ofThePage(): State[] {
  return [
    {
      name: 'page-too-old',
      async reach(page, stage) {
        const relay = await withRelay(page)
        relay.speaksAnotherProtocol = true
        await page.goto(`${stage.url}/s/${randomUUID()}?project=${stage.projectId}`)
      },
      says: (page) => [text(page, /A new version of this page is ready. Your draft and unsent messages stay/)],
      step: button('Reload'),
    },
    {
      name: 'signed-out',
      async reach(page, stage) {
        await open(page, stage, finished(Date.now()))
        await page.context().clearCookies()
        await page.reload()
      },
      says: (page) => [page.getByRole('heading', { level: 1 })],
      step: button('Sign in'),
    },
    {
      name: 'browser-keeps-nothing',
      async reach(page, stage) {
        await page.addInitScript(() => Object.defineProperty(window, 'indexedDB', { get: () => undefined }))
        await open(page, stage, finished(Date.now()))
      },
      says: (page) => [
        page.locator('.notice').getByText('This browser keeps nothing after closing: what is not sent then is lost.'),
      ],
      step: (page) => page.getByRole('button', { name: 'Close', exact: true }),
    },
    {
      name: 'another-session-needs-somebody',
      reach: (page, stage) => hearOf(page, stage, (now) => editRequest(now + BEGAN_BEFORE_MS.request)),
      says: (page) => [
        toasts(page).getByText('Needs you: Formal greeting'),
        toasts(page).getByText('Waiting for approval: Edit · shop-api'),
      ],
      step: (page) => toasts(page).getByRole('button', { name: 'Review' }),
    },
    {
      name: 'another-session-has-failed',
      async reach(page, stage) {
        await hearOf(page, stage, (now) => failed(now + BEGAN_BEFORE_MS.failure))
        await toasts(page).getByRole('button', { name: 'Open' }).focus() // it stays as long
      },
      says: (page) => [toasts(page).getByText('Failed: Terraform drift report')],
      step: (page) => toasts(page).getByRole('button', { name: 'Open' }),
    },
    {
      name: 'a-line-that-cannot-be-shown',
      async reach(page, stage) {
        await page.route(/ToolTasks-.*\.js/, (route) =>
          route.fulfill({
            contentType: 'text/javascript',
            body: 'export default { render() { throw new Error("x") } }',
          }),
        )
        await open(page, stage, troubles.broken(Date.now()))
        await page
          .getByTestId('tool-row')
          .getByRole('button', { name: /Updated the plan/ })
          .click()
      },
      says: (page) => [text(page, 'This part could not be shown.'), text(page, 'They are read in one place.')],
      step: (page) => text(page, 'Show raw'),
    },
  ]
}

/** While another session is shown. */
async function hearOf(page: Page, stage: Stage, news: (now: number) => Scene): Promise<void> {
  await open(page, stage, finished(Date.now()))
  await expect(text(page, /It compares times/)).toBeVisible()
  await stage.play(news(Date.now()))
  await expect(toasts(page)).toHaveCount(1)
}
