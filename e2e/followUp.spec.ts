import { answers, expect, numberedLines, send, test } from './fixtures.ts'

test('[CMD4] an interrupted run is gone on with by one click, once, whoever clicks', async ({
  page,
  house,
  context,
}) => {
  await send(page, 'lines 2000 50 ms')
  await expect.poll(() => numberedLines(page).then((lines) => lines.length)).toBeGreaterThan(5)
  const other = await context.newPage()
  await other.goto(page.url())
  await house.agent.kill()
  await house.agent.start()
  const goOn = page.getByRole('button', { name: 'Go on', exact: true })
  const goOnElsewhere = other.getByRole('button', { name: 'Go on', exact: true })
  await expect(goOn).toBeVisible()
  await expect(goOnElsewhere).toBeVisible()
  // Nothing is said before somebody asks for it.
  await expect(page.getByTestId('message-user')).toHaveCount(1)
  // One of them may be gone before it is reached; where it is not, it asks for the very same command.
  await Promise.any([goOn.click(), goOnElsewhere.click()])
  await expect(page.getByTestId('message-user')).toHaveCount(2)
  await expect(page.getByTestId('message-user').last()).toContainText('go on from there')
  await expect(answers(page)).not.toHaveCount(0)
  await expect(page.getByTestId('stop')).toBeHidden({ timeout: 20_000 })
  await expect(goOn).toBeHidden()
  await expect(other.getByTestId('message-user')).toHaveCount(2)
  await expect(page.getByTestId('outbox-strip')).toBeHidden()
})
