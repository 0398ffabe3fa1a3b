import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A directory for the present test, gone afterwards. */
export function temporaryDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'farhand-agent-')))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }))
  return directory
}

const TICK_MS = 20

/**
 * Resolves when this process has lived for so long: a time in which the machine let it stand still counts as one tick. The
 * agent under test shares its event loop, so that a stall delays what the agent does as well and is no slowness of it.
 */
export async function lived(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += TICK_MS) await new Promise((later) => setTimeout(later, TICK_MS))
}

/** Asks until it is so. @throws Error naming what was waited for */
export async function until(what: string, isSo: () => boolean, ms = 10_000): Promise<void> {
  const deadline = performance.now() + ms
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`Waited ${ms} ms in vain for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
