import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { buildWebApp } from '../up/webApp.ts'
import { provision } from '../provision/provision.ts'
import { addTotals, playwrightTotals, stageTotals, vitestTotals, type Totals } from './totals.ts'

export type TestOptions = {
  root: string
  /** An empty directory for the runners' reports. */
  reports: string
  env: NodeJS.ProcessEnv
}

/** Provisioning, the web app, unit tests, browser tests: one after the other, and all of them even when one fails. */
export async function runTests({ root, reports, env }: TestOptions): Promise<Totals> {
  const print = (text: string): void => void process.stdout.write(`${text}\n`)
  const found = await provision({ env, print })
  if (found.type === 'missing') {
    print(found.advice)
    return { passed: 0, failed: 1 }
  }
  const tool = (path: string, args: string[], more: NodeJS.ProcessEnv = {}) =>
    execa(process.execPath, [join(root, 'node_modules', path), ...args], {
      cwd: root,
      env: { ...env, CHROMIUM_PATH: found.chromium, ...more },
      stdio: ['ignore', 'inherit', 'inherit'],
      reject: false,
    })

  print('\n== web app')
  const built = await buildWebApp(root, env, new AbortController().signal).then(
    (): Totals => ({ passed: 0, failed: 0 }),
    (): Totals => ({ passed: 0, failed: 1 }), // the builder has said why
  )

  print('\n== unit tests')
  const unitReport = join(reports, 'unit.json')
  const unit = await tool('vitest/vitest.mjs', [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${unitReport}`,
  ])

  print('\n== browser tests')
  const browserReport = join(reports, 'browser.json')
  const browser = await tool('@playwright/test/cli.js', ['test', '-c', 'e2e', '--reporter=list,json'], {
    PLAYWRIGHT_JSON_OUTPUT_NAME: browserReport,
  })

  return addTotals([
    built,
    stageTotals(unit.exitCode, vitestTotals(await readReport(unitReport))),
    stageTotals(browser.exitCode, playwrightTotals(await readReport(browserReport))),
  ])
}

async function readReport(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return undefined // the runner did not get far enough to write it, which counts as a failure
  }
}
