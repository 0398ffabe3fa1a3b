import { resolve } from 'node:path'
import { answers, composer, expect, requestCard, send, test } from './fixtures.ts'

const IMAGES = resolve(import.meta.dirname, '../docs/images')

/** The pictures of the README, made of the real page. They are written only when asked for, since each run's differ. */
const WRITE = process.env['FARHAND_PICTURES'] === '1'
/** Else one will do, to see that they can be made. */
const SCHEMES = WRITE ? (['light', 'dark'] as const) : (['light'] as const)

test.describe('pictures', () => {
  for (const scheme of SCHEMES) {
    test(`a session with a diff and a request, ${scheme}`, async ({ page }, info) => {
      await page.emulateMedia({ colorScheme: scheme })
      await send(page, 'change the greeting')
      await requestCard(page)
        .getByRole('button', { name: /allow once/i })
        .click()
      await expect(page.getByTestId('stop')).toBeHidden({ timeout: 20_000 })
      await send(page, 'run the tests')
      await expect(requestCard(page)).toBeVisible()
      await expect(answers(page).first()).toBeVisible()
      await expect(composer(page)).toBeVisible()
      expect(
        await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
      ).toBe(0)
      const name = `session-${info.project.name}${scheme === 'dark' ? '-dark' : ''}.png`
      await page.screenshot({ path: WRITE ? resolve(IMAGES, name) : info.outputPath(name) })
    })
  }
})
