import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { execa } from 'execa'
import { Builder, Capabilities, type WebDriver } from 'selenium-webdriver'
import { freePort } from '../../packages/server/test/freePort.ts'

const BROWSERS = ['4.1', '4.0', '6.0'].flatMap((version) =>
  ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/libexec'].map(
    (folder) => `${folder}/webkit${version === '6.0' ? 'gtk-6.0' : `2gtk-${version}`}/MiniBrowser`,
  ),
)
const ADVICE =
  'These tests need WebKitGTK with its driver, and a display without a screen: ' +
  'apt-get install webkit2gtk-driver xvfb (Debian, Ubuntu).'
const START_MS = 15_000
const RETRY_MS = 100
const SCREEN = '1500x1100x24'

/** One WebKit with one window, on a display of its own. */
export type WebKit = { driver: WebDriver; close(): Promise<void> }

export async function openWebKit(): Promise<WebKit> {
  const binary = BROWSERS.find((path) => existsSync(path))
  if (binary === undefined) throw new Error(ADVICE)
  const screen = await openScreen()
  const port = await freePort()
  const server = run('WebKitWebDriver', [`--port=${port}`, '--host=127.0.0.1'], { DISPLAY: screen.display })
  const close = async (): Promise<void> => {
    await end(server)
    await end(screen.server)
  }
  try {
    const driver = await patiently(() => openWindow(port, binary))
    return {
      driver,
      close: () =>
        driver
          .quit()
          .catch(() => {})
          .then(close),
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** `-displayfd` lets the server choose a number that nobody has, and say it. */
async function openScreen(): Promise<{ display: string; server: Process }> {
  const server = run('Xvfb', ['-displayfd', '1', '-screen', '0', SCREEN, '-nolisten', 'tcp'], {})
  const [said] = await Promise.race([
    server.stdout === null ? Promise.reject(new Error(ADVICE)) : once(server.stdout, 'data'),
    server.then(() => Promise.reject(new Error(ADVICE))),
  ])
  return { display: `:${String(said).trim()}`, server }
}

function openWindow(port: number, binary: string): Promise<WebDriver> {
  const capabilities = new Capabilities({
    browserName: 'MiniBrowser',
    'webkitgtk:browserOptions': { binary, args: ['--automation'] },
  })
  return new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(capabilities).build()
}

function run(program: string, args: string[], env: Record<string, string>) {
  return execa(program, args, { env, reject: false, buffer: false, stdin: 'ignore', forceKillAfterDelay: START_MS })
}

type Process = ReturnType<typeof run>

async function end(process: Process): Promise<void> {
  process.kill('SIGTERM')
  await process
}

/** The driver needs a moment until it listens. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + START_MS
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (performance.now() >= giveUpAt) throw error
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }
}
