import { defineConfig } from '@playwright/test'

/**
 * `npm run e2e:webkit`: the engine of Safari, as WebKitGTK has it. Only the runner is Playwright's; its own WebKit does not
 * run on every system, so the browser is driven by WebDriver.
 */
export default defineConfig({
  testDir: '.',
  testMatch: '*.webkit.ts',
  outputDir: '../../test-results/webkit',
  timeout: 120_000,
  expect: { timeout: 20_000 },
  forbidOnly: true,
  retries: 0,
  workers: 1,
  reporter: [['list']],
})
