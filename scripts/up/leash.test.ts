import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { fakeRepository, isAlive, STUBBORN_AGENT } from './fixtures.ts'

test('a part ends, with everything it started, when its parent was killed', async () => {
  await using repository = await fakeRepository({ agent: STUBBORN_AGENT })
  const part = pathToFileURL(`${import.meta.dirname}/part.ts`).href
  const starts = `
    const { startPart } = await import('${part}')
    const args = ['${repository.root}/packages/agent/src/main.ts']
    startPart({ args, cwd: '/', env: {}, onLine: console.log })`
  const parent = execa(process.execPath, ['--input-type=module', '--eval', starts], { reject: false, buffer: false })
  const pids: number[] = []
  onTestFinished(() => pids.filter(isAlive).forEach((pid) => process.kill(pid, 'SIGKILL')))
  for await (const line of createInterface({ input: parent.stdout })) {
    pids.push(...[...line.matchAll(/pid (\d+)/g)].map((match) => Number(match[1])))
    if (line.includes('Connected')) parent.kill('SIGKILL')
  }
  expect(await parent).toMatchObject({ signal: 'SIGKILL' })
  expect(pids).toHaveLength(2)
  await expect.poll(() => pids.filter(isAlive), { timeout: 5_000 }).toEqual([])
})
