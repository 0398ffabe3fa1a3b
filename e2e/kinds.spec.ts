import { answers, expect, requestCard, send, test } from './fixtures.ts'

test('a shell command asks, runs, and shows its output', async ({ page }) => {
  await send(page, 'run the tests')
  await expect(requestCard(page)).toContainText(/npm test|node --test/)
  await requestCard(page)
    .getByRole('button', { name: /allow once/i })
    .click()
  const row = page.getByTestId('tool-row').last()
  await row.getByRole('button').first().click()
  await expect(row).toContainText(/tests? \d+|# tests|ℹ tests|pass/i)
})

test('an edit shows its diff and changes the file', async ({ page, house }) => {
  const before = await house.readProjectFile('greeting.mjs')
  await send(page, 'change the greeting')
  await requestCard(page)
    .getByRole('button', { name: /allow once/i })
    .click()
  await expect.poll(() => house.readProjectFile('greeting.mjs')).not.toBe(before)
})

test('a question is answered by choosing', async ({ page }) => {
  await send(page, 'ask me a question')
  const card = requestCard(page)
  await expect(card).toBeVisible()
  for (const group of await card.getByRole('group').all()) {
    const choice = group.getByRole('radio').or(group.getByRole('checkbox')).first()
    await choice.check()
  }
  await card.getByRole('button', { name: /submit/i }).click()
  await expect(card).toBeHidden()
  await expect(answers(page).last()).toBeVisible()
})

test('a plan is shown and approved', async ({ page }) => {
  await send(page, 'make a plan')
  await expect(requestCard(page)).toContainText(/plan/i)
  await requestCard(page)
    .getByRole('button', { name: /approve/i })
    .first()
    .click()
  await expect(requestCard(page)).toBeHidden()
})

test('a task list shows as progress', async ({ page }) => {
  await send(page, 'show a task list')
  await expect(page.getByText(/\d of \d/).first()).toBeVisible()
})

test('a subagent works inside its own row', async ({ page }) => {
  await send(page, 'use a subagent')
  await expect(page.getByTestId('tool-row').first()).toContainText(/agent/i)
  await expect(page.getByTestId('stop')).toBeHidden({ timeout: 20_000 })
})

test('an error of the API ends the run with its code and what to do', async ({ page }) => {
  await send(page, 'cause an API error')
  await expect(
    page
      .getByText('CLAUDE_EXIT')
      .or(page.getByText(/API Error/))
      .first(),
  ).toBeVisible({ timeout: 30_000 })
  await send(page, 'echo fine again')
  await expect(answers(page).last()).toContainText('fine again')
})
