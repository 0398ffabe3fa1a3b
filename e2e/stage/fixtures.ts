import { expect, test as base, type Page } from '@playwright/test'
import { composer, watchConsole } from '../fixtures.ts'
import type { Scene } from './scene.ts'
import { openStage, type PlayedSession, type Stage } from './stage.ts'

/** A page that is signed in at a stage. Nothing is played yet; an unexpected console error fails the test. */
export const test = base.extend<{ expectedConsole: RegExp | undefined; stage: Stage; page: Page }>({
  expectedConsole: [undefined, { option: true }],
  // eslint needs the destructuring: Playwright reads the names of the fixtures from it.
  stage: async ({}, use) => {
    const stage = await openStage()
    await use(stage)
    await stage.close()
  },
  page: async ({ page, stage, expectedConsole }, use) => {
    const complaints = watchConsole(page, expectedConsole)
    await page.goto(await stage.loginLink())
    await expect(composer(page)).toBeVisible()
    await use(page)
    expect(complaints).toEqual([])
  },
})

export { expect }

/** Plays a scene and opens its session. */
export async function open(page: Page, stage: Stage, scene: Scene): Promise<PlayedSession> {
  const played = await stage.play(scene)
  await page.goto(`${stage.url}/s/${played.sessionId}`)
  await expect(page.locator('[data-row]').first()).toBeVisible()
  return played
}
