import { answers, composer, expect, send, test } from './fixtures.ts'

test('[CMD6] what is sent while Claude works waits in line, and is changed, moved, removed and sent now', async ({
  page,
}) => {
  await send(page, 'lines 400 100 ms')
  await expect(answers(page).first()).toContainText('L000002')
  for (const word of ['first', 'second', 'third']) await send(page, `echo ${word}`)
  const rows = page.getByTestId('queue-row')
  await expect(rows).toHaveText([/echo first/, /echo second/, /echo third/])

  await rows.nth(2).getByRole('button', { name: 'Move up' }).click()
  await expect(rows).toHaveText([/echo first/, /echo third/, /echo second/])

  await rows
    .nth(0)
    .getByRole('button', { name: /^More for/ })
    .click()
  await page.getByRole('menuitem', { name: 'Edit' }).click()
  await rows.nth(0).getByRole('textbox').fill('echo changed')
  await rows.nth(0).getByRole('button', { name: 'Save' }).click()
  await expect(rows.nth(0)).toContainText('echo changed')

  await rows
    .nth(2)
    .getByRole('button', { name: /^More for/ })
    .click()
  await page.getByRole('menuitem', { name: 'Remove' }).click()
  await expect(rows).toHaveText([/echo changed/, /echo third/])

  await rows
    .nth(1)
    .getByRole('button', { name: /^More for/ })
    .click()
  await page.getByRole('menuitem', { name: 'Send now' }).click()
  await expect(rows).toHaveCount(0, { timeout: 30_000 })
  await expect(answers(page).last()).toHaveText(/changed\s*$/, { timeout: 30_000 })
  await expect(answers(page).nth(-2)).toHaveText(/third\s*$/)
  await expect(page.getByRole('log', { name: 'Conversation' }).getByText('echo second')).toHaveCount(1)
})

test('[CMD5] Esc twice stops the run, once asks', async ({ page }) => {
  await send(page, 'slow answer')
  await expect(answers(page).first()).toContainText('Still writing')
  await composer(page).press('Escape')
  await expect(page.locator('.notice', { hasText: 'Press Esc again to stop the run.' })).toBeVisible()
  await composer(page).press('Escape')
  await expect(page.getByText(/^Stopped/).first()).toBeVisible({ timeout: 20_000 })
})

test('the mode is changed from the message box, and everybody is told', async ({ page }) => {
  await send(page, 'echo hello')
  await expect(answers(page).last()).toHaveText(/hello\s*$/)
  await page.getByRole('button', { name: /^Permission mode/ }).click()
  await page.getByRole('menuitemradio', { name: /^Plan/ }).click()
  await expect(page.getByRole('button', { name: 'Permission mode: Plan', exact: true })).toBeVisible({
    timeout: 20_000,
  })
})
