import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { temporaryDirectory } from '../../test/temporary.ts'
import { openLifeline } from '../process/lifeline.ts'

test('where no socket can be named the process has an ordinary pipe, and nothing is left behind', async () => {
  const deep = join(temporaryDirectory(), 'x'.repeat(100))
  mkdirSync(deep)
  vi.stubEnv('TMPDIR', deep)
  expect(await openLifeline()).toBeUndefined()
  expect(readdirSync(deep)).toEqual([])
})
