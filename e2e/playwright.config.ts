import { defineConfig, type PlaywrightTestConfig } from '@playwright/test'
import { launchOptions } from './chromium.ts'

/** Each wait has a bound of its own; a test on a busy machine has many that are kept narrowly. */
const TEST_TIMEOUT_MS = 150_000
const EXPECT_TIMEOUT_MS = 15_000
const ACTION_TIMEOUT_MS = 15_000
const WHOLE_RUN_MS = 11 * 60_000
/** `npm run e2e:long`: what measures, or takes a picture of every state. It wants the machine for itself. */
const LONG = process.env['FARHAND_LONG'] !== undefined
const LONG_RUN_MS = 60 * 60_000
/** When something at the root is broken every test waits out its time; the first few say it. */
const MAX_FAILURES_IN_CI = 8

/** Chromium over the three real tiers, once as a desktop and once as a phone. Each test opens a house of its own. */
export default defineConfig({
  testDir: '.',
  testMatch: LONG ? '*.long.spec.ts' : '*.spec.ts',
  outputDir: '../test-results',
  timeout: TEST_TIMEOUT_MS,
  expect: { timeout: EXPECT_TIMEOUT_MS },
  globalTimeout: LONG ? LONG_RUN_MS : WHOLE_RUN_MS,
  forbidOnly: true,
  // A test that passes at the second try has found something; it fails.
  retries: 0,
  // Beside the page, each test runs a relay, an agent and Claude Code, which wait more than they work.
  workers: LONG ? 1 : 3,
  maxFailures: process.env['CI'] ? MAX_FAILURES_IN_CI : 0,
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    locale: 'en-GB',
    // What moves is drawn without a graphics card here, at the price of a core.
    contextOptions: { reducedMotion: 'reduce' },
    actionTimeout: ACTION_TIMEOUT_MS,
    navigationTimeout: ACTION_TIMEOUT_MS,
    screenshot: 'only-on-failure',
    // A trace costs about as much as what it records; `FARHAND_TRACE=1` asks for one.
    trace: process.env['FARHAND_TRACE'] === '1' ? 'retain-on-failure' : 'off',
    launchOptions,
  },
  projects: [
    {
      name: 'desktop',
      testIgnore: LONG ? [] : ['phone.spec.ts', '*.long.spec.ts'],
      use: { viewport: { width: 1440, height: 900 } },
    },
    {
      name: 'phone',
      // What differs there. The rest is the same code at another width.
      testMatch: LONG
        ? '*.phone.long.spec.ts'
        : ['phone.spec.ts', 'access.spec.ts', 'states.spec.ts', 'pictures.spec.ts'],
      use: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 3, hasTouch: true, isMobile: true },
    },
  ],
} satisfies PlaywrightTestConfig)
