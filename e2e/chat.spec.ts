import { answers, composer, expect, expectAllLines, numberedLines, requestCard, send, test } from './fixtures.ts'

test('a prompt streams an answer, asks before it writes, and the file is really written', async ({ page, house }) => {
  await send(page, 'Say hello')
  await expect(answers(page).first()).toContainText(/hello/i)
  await send(page, 'write notes.txt')
  await expect(requestCard(page)).toContainText('notes.txt')
  await expect(house.readProjectFile('notes.txt')).rejects.toThrow(/ENOENT/)
  await requestCard(page)
    .getByRole('button', { name: /allow once/i })
    .click()
  await expect(page.getByTestId('tool-row').last()).toContainText('notes.txt')
  await expect.poll(() => house.readProjectFile('notes.txt').catch(() => undefined)).toBeTruthy()
  await expect(requestCard(page)).toBeHidden()
})

test('a denied write is not done, and Claude is told why', async ({ page, house }) => {
  await send(page, 'write notes.txt')
  await requestCard(page).getByRole('button', { name: /^deny/i }).click()
  await requestCard(page).getByRole('textbox').fill('use another name')
  await requestCard(page)
    .getByRole('button', { name: /^deny$/i })
    .click()
  await expect(requestCard(page)).toBeHidden()
  await expect(page.getByText('use another name').first()).toBeVisible()
  await expect(house.readProjectFile('notes.txt')).rejects.toThrow(/ENOENT/)
})

test('a second tab sees the same, to the character, and may answer', async ({ page, house, context }) => {
  await send(page, 'lines 60 20 ms')
  await expect(page).toHaveURL(/\/s\//)
  const second = await context.newPage()
  await second.goto(page.url())
  await expect.poll(() => numberedLines(second), { timeout: 20_000 }).toHaveLength(60)
  await expect.poll(() => numberedLines(page)).toEqual(await numberedLines(second))
  await send(page, 'write notes.txt')
  await requestCard(second)
    .getByRole('button', { name: /allow once/i })
    .click()
  await expect.poll(() => house.readProjectFile('notes.txt').catch(() => undefined)).toBeTruthy()
  await expect(requestCard(page)).toBeHidden()
})

test('a reload in the middle of a stream goes on from where it was', async ({ page }) => {
  await send(page, 'lines 80 40 ms')
  await expect.poll(() => numberedLines(page).then((lines) => lines.length)).toBeGreaterThan(5)
  await page.reload()
  await expectAllLines(page, 80)
})

test('cancel stops a slow answer at once, and the session goes on', async ({ page }) => {
  await send(page, 'slow answer')
  await expect(answers(page).first()).toBeVisible()
  await page.getByTestId('stop').click()
  await expect(page.getByTestId('stop')).toBeHidden({ timeout: 12_000 })
  await expect(page.getByText(/stopped|cancelled/i).first()).toBeVisible()
  await send(page, 'echo still here')
  await expect(answers(page).last()).toContainText('still here')
})

test('follow-ups sent while Claude is busy run in order', async ({ page }) => {
  await send(page, 'lines 30 40 ms')
  await send(page, 'echo second')
  await send(page, 'echo third')
  await expect(answers(page).last()).toContainText('third', { timeout: 20_000 })
  await expect(page.getByTestId('message-user')).toHaveCount(3)
  const order = (await answers(page).allInnerTexts()).join('\n')
  expect(order.indexOf('L000030')).toBeLessThan(order.indexOf('second'))
  expect(order.indexOf('second')).toBeLessThan(order.indexOf('third'))
})

test('what a draft holds survives a reload', async ({ page }) => {
  await send(page, 'echo opened')
  await expect(answers(page).last()).toContainText('opened')
  await composer(page).fill('not sent yet')
  await page.reload()
  await expect(composer(page)).toHaveValue('not sent yet')
})
