import { mkdir, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fakeRepository } from './fixtures.ts'
import { isWebAppStale } from './webApp.ts'

const LATER = Date.now() / 1000 + 60

test('the page is built when it is missing', async () => {
  await using repository = await fakeRepository()
  expect(await isWebAppStale(repository.root)).toBe(false)
  await rm(join(repository.root, 'packages/web/dist'), { recursive: true })
  expect(await isWebAppStale(repository.root)).toBe(true)
})

test.each(['packages/web/src/pages/Page.vue', 'packages/shared/src/index.ts', 'packages/web/index.html'])(
  'the page is built again after %s changed',
  async (source) => {
    await using repository = await fakeRepository()
    const file = join(repository.root, source)
    await mkdir(join(file, '..'), { recursive: true })
    await writeFile(file, '')
    await utimes(file, LATER, LATER)
    expect(await isWebAppStale(repository.root)).toBe(true)
  },
)

test('a change elsewhere builds nothing', async () => {
  await using repository = await fakeRepository()
  const main = join(repository.root, 'packages/server/src/main.ts')
  await utimes(main, LATER, LATER)
  expect(await isWebAppStale(repository.root)).toBe(false)
})
