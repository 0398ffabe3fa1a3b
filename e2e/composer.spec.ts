import type { Locator, Page } from '@playwright/test'
import { answers, composer, expect, test } from './fixtures.ts'
import type { House } from './house.ts'
import { expectAccessible, expectFits } from './seen.ts'

const PHONE = { width: 390, height: 844 }
const MIB = 1024 * 1024

/** 16 × 16 pixels. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAFklEQVR4nGPo3/CfJMQwqmFUw/DVAAC2gj4fhGidigAAAABJRU5ErkJggg==',
  'base64',
)

test('a message is made of commands, files of the project and files of one’s own, and Claude gets them', async ({
  page,
  context,
  house,
}) => {
  await composer(page).pressSequentially('/')
  await expect(options(page).filter({ hasText: '/compact' })).toBeVisible()
  await expectAccessible(page)
  await composer(page).pressSequentially('comp')
  await expect(options(page).first()).toContainText('/compact')
  await composer(page).press('Escape')
  await expect(options(page)).toHaveCount(0)
  await composer(page).fill('')
  await composer(page).pressSequentially('/comp')
  await composer(page).press('Tab')
  await expect(composer(page)).toHaveValue('/compact ')
  await composer(page).fill('')
  await composer(page).pressSequentially('what is this? @greet')
  await expect(options(page)).toHaveText([/greeting\.mjs/])
  await composer(page).press('Enter')
  await expect(composer(page)).toHaveValue('what is this? @greeting.mjs ')

  await attach(page)
  await expectAccessible(page)
  await composer(page).press('Home')
  await page.reload()
  await expect(composer(page)).toHaveValue('what is this? @greeting.mjs ')
  await expect(composer(page)).toBeFocused()
  await page.keyboard.type('So, ')
  await expect(composer(page)).toHaveValue('So, what is this? @greeting.mjs ')
  await expect(readyChips(page)).toHaveCount(4)
  await expect.poll(() => widthOf(chips(page).first().getByRole('presentation'))).toBe(16)
  await page.getByRole('button', { name: 'Remove dropped.png' }).click()
  await page.getByTestId('send').click()
  await expect(answers(page).first()).toContainText('I was shown 2: image/png, image/png.')
  await expect(answers(page).last()).toContainText('the secret word')
  await expect(chips(page)).toHaveCount(0)
  await seenByOthers(page, await context.newPage())

  await page.getByRole('button', { name: 'Show photo.png' }).click()
  await expect(page.getByRole('dialog')).toContainText('photo.png')
  await page.keyboard.press('Escape')
  await page.getByTestId('context-meter').click()
  await expect(page.getByRole('dialog')).toContainText(/[\d,]+ of [\d,]+ tokens/)
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /^Model:/ }).click()
  await expect(page.getByRole('menuitemradio').first()).toContainText('Default')
  await expectAccessible(page)
  await page.keyboard.press('Escape')

  await page.setViewportSize(PHONE)
  await composer(page).pressSequentially('/mod')
  await expect(options(page).filter({ hasText: '/model' })).toBeVisible()
  await expectFits(page)
  await options(page).filter({ hasText: '/model' }).click()
  await expect(composer(page)).toHaveValue('/model ')
  await expect(composer(page)).toBeFocused()
  await toldAtOnce(page, house, await context.newPage())
})

/** Picks, pastes and drops files; what is too large or lies is refused with its reason. */
async function attach(page: Page): Promise<void> {
  await page.getByTestId('file-picker').setInputFiles([
    { name: 'photo.png', mimeType: 'image/png', buffer: PNG },
    { name: 'notes.ts', mimeType: 'video/mp2t', buffer: Buffer.from('the secret word') },
    { name: 'lie.png', mimeType: 'image/png', buffer: Buffer.from('<script>') },
  ])
  await expect(page.getByRole('alert').filter({ hasText: 'lie.png' })).toBeVisible()
  await expect(chips(page)).toHaveCount(2)
  await carry(page, 'drop', 'film.mp4', 10 * MIB + 1)
  await expect(page.getByRole('alert').filter({ hasText: 'film.mp4' })).toContainText('larger than 10 MiB')
  await carry(page, 'paste', 'pasted.png')
  await carry(page, 'dragenter', 'dropped.png')
  await expect(page.getByTestId('drop-target')).toBeVisible()
  await carry(page, 'drop', 'dropped.png')
  await expect(page.getByTestId('drop-target')).toBeHidden()
  await expect(readyChips(page)).toHaveCount(4)
}

/** Every observer sees what came with a message, and may have it. */
async function seenByOthers(page: Page, second: Page): Promise<void> {
  await second.goto(page.url())
  for (const observer of [page, second]) {
    const attached = observer.getByTestId('message-attachments')
    await expect(attached.getByRole('listitem')).toHaveCount(3)
    await expect.poll(() => widthOf(attached.getByRole('presentation').first())).toBe(16)
  }
  const download = second.waitForEvent('download')
  await second.getByRole('button', { name: /^Download notes\.ts/ }).click()
  expect((await download).suggestedFilename()).toBe('notes.ts')
  await second.close()
}

/** Also while nobody has begun to work on it. */
async function toldAtOnce(page: Page, house: House, second: Page): Promise<void> {
  await house.agent.stop()
  await second.goto(page.url())
  await page.getByTestId('file-picker').setInputFiles([{ name: 'later.png', mimeType: 'image/png', buffer: PNG }])
  await expect(readyChips(page)).toHaveCount(1)
  await composer(page).fill('and this?')
  await page.getByTestId('send').click()
  const attached = second.getByTestId('message-attachments').last()
  await expect.poll(() => widthOf(attached.getByRole('presentation').first())).toBe(16)
  await expect(attached.getByRole('button', { name: 'Show later.png' })).toBeVisible()
  await second.close()
}

function options(page: Page): Locator {
  return page.getByTestId('suggestions').getByRole('option')
}

function chips(page: Page): Locator {
  return page.getByTestId('attachment-chip')
}

function readyChips(page: Page): Locator {
  return page.locator('[data-testid=attachment-chip][data-state=ready]')
}

/** What comes with a clipboard or under a pointer can only be made inside of the page. */
async function carry(page: Page, type: 'paste' | 'dragenter' | 'drop', name: string, padding = 0): Promise<void> {
  await composer(page).evaluate(
    (field, { kind, file, bytes, more }) => {
      const data = new DataTransfer()
      data.items.add(new File([Uint8Array.from(bytes), new Uint8Array(more)], file, { type: 'image/png' }))
      const about = { bubbles: true, cancelable: true }
      field.dispatchEvent(
        kind === 'paste'
          ? new ClipboardEvent(kind, { ...about, clipboardData: data })
          : new DragEvent(kind, { ...about, dataTransfer: data }),
      )
    },
    { kind: type, file: name, bytes: [...PNG], more: padding },
  )
}

async function widthOf(image: Locator): Promise<number> {
  return image.evaluate((element) => (element instanceof HTMLImageElement ? element.naturalWidth : 0))
}
