import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { temporaryDirectory } from '../../test/temporary.ts'
import { createAttachments, sweepDaily } from './attachments.ts'

const DAY_MS = 24 * 60 * 60 * 1000

test('a file goes 30 days after it came, also of a session that gets others meanwhile', async () => {
  const dir = temporaryDirectory()
  const clock = { at: Date.now(), now: () => clock.at }
  const { sweep } = createAttachments({ dir, clock, serverUrl: 'http://127.0.0.1:1', token: 't' })
  await sweep() // there is nothing yet
  for (const session of ['busy', 'quiet']) {
    mkdirSync(join(dir, 'attachments', session), { recursive: true })
    writeFileSync(join(dir, 'attachments', session, 'old'), '')
    const longAgo = new Date(clock.at - 31 * DAY_MS)
    utimesSync(join(dir, 'attachments', session, 'old'), longAgo, longAgo)
  }
  writeFileSync(join(dir, 'attachments', 'busy', 'new'), '')
  await sweep()
  expect(readdirSync(join(dir, 'attachments', 'busy'))).toEqual(['new'])
  expect(existsSync(join(dir, 'attachments', 'quiet'))).toBe(false)
})

test('it is looked at the start and every day, whatever goes wrong, until the end', async () => {
  vi.useFakeTimers()
  let sweeps = 0
  let failures = 0
  const sweep = async (): Promise<void> => {
    sweeps += 1
    throw new Error('no')
  }
  const stop = sweepDaily({ sweep }, () => (failures += 1))
  await vi.advanceTimersByTimeAsync(2 * DAY_MS)
  expect({ sweeps, failures }).toEqual({ sweeps: 3, failures: 3 })
  stop()
  await vi.advanceTimersByTimeAsync(5 * DAY_MS)
  expect(sweeps).toBe(3)
  vi.useRealTimers()
})
