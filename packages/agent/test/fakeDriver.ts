import { claudeCoder } from '../src/claude/coder.ts'
import { finishRun } from '../src/claude/outcome.ts'
import type { Coder, Driver, DriverEvents, DriverState, Launch } from '../src/driver/driver.ts'
import type { Prompt } from '../src/driver/driver.ts'
import type { EndHow } from '../src/process/process.ts'
import type { Settings } from '../src/spool/sessionRecords.ts'

/** In the place of a Claude Code process: it says what a test makes it say, and keeps what it was told. */
export type FakeDriver = Driver & {
  launch: Launch
  events: DriverEvents
  prompts: Prompt[]
  /** What it has taken. */
  settings: Settings
  endings: EndHow[]
  /** It does not answer. */
  hangs: boolean
  /** What `state` answers beside the rest. */
  told: Partial<DriverState>
}

/** Every one that was started, oldest first. */
export const drivers: FakeDriver[] = []

/** Claude Code, but for its processes. */
export const fakeCoder: Coder = { ...claudeCoder(() => ({ executable: 'claude', env: {} })), start: startFakeDriver }

function startFakeDriver(launch: Launch, events: DriverEvents): FakeDriver {
  const exit = { exitCode: 0, signal: null, stderr: '' }
  const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const driver: FakeDriver = {
    launch,
    events,
    prompts: [],
    settings: launch.settings,
    endings: [],
    hangs: false,
    told: {},
    prompt: (prompt) => void driver.prompts.push(prompt),
    goOn: () => {},
    finish: (ending, durationMs) => finishRun(undefined, ending, durationMs),
    interrupt: () => answer(() => {}),
    apply: (settings) => answer(() => void (driver.settings = { ...driver.settings, ...settings })),
    rewindFiles: () => answer(() => ({ changed: [], insertions: 0, deletions: 0, skipped: 0 })),
    async end(how) {
      const isFirst = driver.endings.length === 0
      driver.endings.push(how)
      await soon()
      driver.told = { ...driver.told, gone: true }
      launch.lifeline?.drop()
      if (isFirst) events.exited(exit)
      return exit
    },
    state: () => ({ ...IDLE, ...driver.told }),
    isCrowded: () => false,
  }

  async function answer<T>(act: () => T): Promise<T> {
    await soon()
    return driver.hangs ? new Promise(() => {}) : act()
  }

  drivers.push(driver)
  return driver
}

const IDLE: DriverState = {
  effective: {},
  conversationId: undefined,
  tasks: [],
  costUsd: 0,
  gone: false,
  busy: false,
  conversationMissing: false,
  spent: { costUsd: 0, turns: 0 },
  limitReached: false,
  modelRefused: false,
  outputFiles: {},
}
