import { test as base, expect } from '@playwright/test'
import { answers, composer, send, watchConsole } from './fixtures.ts'
import { openHouse } from './house.ts'

base(
  'a page that is open before any agent was ever connected says what to do, and goes on by itself',
  async ({ page }) => {
    const house = await openHouse({ startAgent: false })
    const complaints = watchConsole(page, undefined)
    await page.goto(house.loginLink())
    await expect(page.getByText('npm run agent')).toBeVisible()
    await house.agent.start()
    await expect(composer(page)).toBeVisible()
    await send(page, 'echo first of all')
    await expect(answers(page).last()).toContainText('first of all')
    expect(complaints).toEqual([])
    await house.close()
  },
)

base('signing out ends the page, and its address opens nothing any more', async ({ page }) => {
  const house = await openHouse()
  await page.goto(house.loginLink())
  await send(page, 'echo secret words')
  await expect(answers(page).last()).toContainText('secret words')
  const address = page.url()
  await page.getByRole('button', { name: /sign out/i }).click()
  await expect(page.getByLabel(/token/i)).toBeVisible()
  await page.goto(address)
  await expect(page.getByLabel(/token/i)).toBeVisible()
  await expect(page.getByText('secret words')).toHaveCount(0)
  await page.getByLabel(/token/i).fill(house.ownerToken)
  await page.keyboard.press('Enter')
  await expect(composer(page)).toBeVisible()
  await house.close()
})

base('a login link that is opened where the login page is shown already signs in', async ({ page }) => {
  const house = await openHouse()
  const link = new URL(house.loginLink())
  await page.goto(new URL('/login', link).href)
  await expect(page.getByLabel(/token/i)).toBeVisible()
  await page.goto(link.href) // the same document: only its fragment changes
  await expect(composer(page)).toBeVisible()
  await house.close()
})
