import { composer } from './fixtures.ts'
import { finished } from './stage/scenes.ts'
import { expect, open, test } from './stage/fixtures.ts'

test('a session is marked unread, renamed and gone back to, and what is typed in it is shown', async ({
  page,
  stage,
}) => {
  const { sessionId } = await open(page, stage, finished(Date.now()))
  const row = page.getByTestId('session-row').first()
  await expect(row).toContainText('Fix flaky checkout test')
  await page.keyboard.press('F2')
  await page.getByRole('textbox', { name: 'Session title' }).fill('Coupons')
  await page.keyboard.press('Enter')
  await expect(row).toContainText('Coupons')

  await row.getByRole('link').click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Mark unread' }).click()
  await expect(row).toContainText('Marked unread')
  await composer(page).fill('and then')
  await page.getByRole('button', { name: 'New session in infra' }).click()
  await expect(page).not.toHaveURL(new RegExp(sessionId))
  await expect(row).toContainText('Draft · Marked unread')

  await page.getByRole('button', { name: 'Permission mode: Ask' }).click()
  await page.getByRole('menuitemradio', { name: /^Plan/ }).click()
  await composer(page).fill('a thought for later')
  await row.getByRole('link').click()
  await expect(composer(page)).toHaveValue('and then')
  await expect(row).not.toContainText('Marked unread')

  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill('>new infra')
  await expect(page.getByRole('option', { name: 'New session in infra' })).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(composer(page)).toHaveValue('a thought for later')
  await expect(page.getByRole('button', { name: 'Permission mode: Plan' })).toBeVisible()
  await page.getByTestId('send').click()
  await expect
    .poll(() => stage.inputs.at(-1))
    .toMatchObject({ command: 'a thought for later', options: { permissionMode: 'plan' } })
})

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })

  test('a step back closes the list first, then goes where one was', async ({ page, stage }) => {
    const { sessionId } = await stage.play(finished(Date.now()))
    const before = page.url()
    const list = page.getByRole('dialog', { name: 'Projects and sessions' })
    const openList = () => page.getByRole('button', { name: 'Open session list' }).click()
    await openList()
    await list.getByRole('link', { name: /^Fix flaky checkout test/ }).click()
    await expect(page).toHaveURL(new RegExp(sessionId))
    await expect(list).toHaveCount(0)
    await openList()
    await expect(list).toBeVisible()
    await page.evaluate(() => history.back())
    await expect(list).toHaveCount(0)
    await expect(page).toHaveURL(new RegExp(sessionId))
    await page.evaluate(() => history.back())
    await expect(page).toHaveURL(before)
  })
})
