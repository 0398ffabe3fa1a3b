import { answers, expect, requestCard, send, test } from './fixtures.ts'

test('on a phone: a prompt, an answer, a permission, a file', async ({ page, house }) => {
  await send(page, 'echo small screen')
  await expect(answers(page).last()).toContainText('small screen')
  await send(page, 'write notes.txt')
  const card = requestCard(page)
  await expect(card).toContainText('notes.txt')
  const box = await card.boundingBox()
  const viewport = page.viewportSize()
  // The conversation stays in sight while a request waits.
  expect(box?.height ?? Number.POSITIVE_INFINITY).toBeLessThan((viewport?.height ?? 0) * 0.6)
  await card.getByRole('button', { name: /allow once/i }).click()
  await expect.poll(() => house.readProjectFile('notes.txt').catch(() => undefined)).toBeTruthy()
})
