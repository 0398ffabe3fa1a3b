import { resolve } from 'node:path'
import { expectFits } from './seen.ts'
import { failed, finished, hardest, planRequest } from './stage/scenes.ts'
import { expect, open, test } from './stage/fixtures.ts'

const IMAGES = resolve(import.meta.dirname, '../docs/images')

/** The pictures of the README, made of the real page. They are written only when asked for, since each run's differ. */
const WRITE = process.env['FARHAND_PICTURES'] === '1'
/** Else one will do, to see that they can be made. */
const SCHEMES = WRITE ? (['light', 'dark'] as const) : (['light'] as const)

test('pictures of a session with a diff, a queue and a request', async ({ page, stage }, info) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const now = Date.now()
  for (const scene of [failed, finished, planRequest]) await stage.play(scene(now))
  await open(page, stage, hardest(now))
  const dock = page.getByTestId('request-card')
  await expect(dock.getByRole('button', { name: 'Allow once' })).toBeEnabled()
  await expect(page.getByText('return sub - off + tax(sub - off)')).toBeVisible()
  for (const scheme of SCHEMES) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
    await expectFits(page)
    const name = `session-${info.project.name}${scheme === 'dark' ? '-dark' : ''}.png`
    await page.screenshot({ path: WRITE ? resolve(IMAGES, name) : info.outputPath(name) })
  }
})
