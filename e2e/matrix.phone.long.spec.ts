import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { expect, test as base, type Locator } from '@playwright/test'
import { expectAccessible, expectFits, expectLargeTargets } from './seen.ts'
import { openStage, type Stage } from './stage/stage.ts'
import { STATES } from './stage/states.ts'

const SCHEMES = ['light', 'dark'] as const

const test = base.extend<{ noMachine: boolean; stage: Stage }>({
  noMachine: [false, { option: true }],
  stage: async ({ noMachine }, use) => {
    const stage = await openStage({ machine: !noMachine })
    await use(stage)
    await stage.close()
  },
})

// What the worker keeps of the page can't be changed by a test.
test.use({ serviceWorkers: 'block' })

/** Every state that a person can meet: what it says and what to do next are in sight, whole and in reach. */
for (const state of STATES) {
  test.describe(state.name, () => {
    test.use({ noMachine: state.noMachine === true })
    test(`says what it is and what to do next: ${state.name}`, async ({ page, stage, isMobile }, info) => {
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
      await page.goto(await stage.loginLink())
      await page.waitForURL((url) => !url.pathname.startsWith('/login'))
      await state.reach(page, stage)
      const step = state.step(page)
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        for (const said of [...state.says(page), ...(step === undefined ? [] : [step])]) await expectWhole(said)
        await expectFits(page)
        const name = `${state.name}.${info.project.name}.${colorScheme}.png`
        await page.screenshot({ path: resolve(await folder(info.project.outputDir), name) })
        await expectAccessible(page, `${state.name}, ${colorScheme}`)
        if (isMobile) await expectLargeTargets(page, state.name)
      }
    })
  })
}

test.afterAll(async ({}, info) => {
  const states = await folder(info.project.outputDir)
  const pictures = (await readdir(states)).filter((name) => name.endsWith('.png')).toSorted()
  await writeFile(resolve(states, 'index.html'), contactSheet(pictures))
})

/** All of it is in sight, nothing of it is cut off, and nothing lies over it. */
async function expectWhole(said: Locator): Promise<void> {
  await expect(said).toBeVisible()
  await expect(said).toBeInViewport({ ratio: 0.99 })
  await expect.poll(() => said.evaluate(faultsOf), String(said)).toEqual([])
}

/** Runs in the page. */
function faultsOf(element: Element): string[] {
  const faults: string[] = []
  // Its words, not the box that they stand in: what floats over an empty part of it hides nothing.
  const words = document.createRange()
  words.selectNodeContents(element)
  const { left, right, top, bottom } = words.getClientRects()[0] ?? element.getBoundingClientRect()
  const points = [0.02, 0.5, 0.98].map((part) => [left + (right - left) * part, (top + bottom) / 2] as const)
  for (const [x, y] of points) {
    const hit = document.elementFromPoint(x, y)
    if (hit === null || !(element.contains(hit) || hit.contains(element)))
      faults.push(`covered by ${hit?.outerHTML.slice(0, 120) ?? 'nothing'}`)
  }
  const style = getComputedStyle(element)
  const isCut =
    style.overflowX !== 'visible' && style.overflowX !== 'auto' && element.scrollWidth > element.clientWidth + 1
  return isCut ? [...faults, 'its text is cut off'] : faults
}

async function folder(outputDir: string): Promise<string> {
  const path = resolve(outputDir, 'states')
  await mkdir(path, { recursive: true })
  return path
}

/** All pictures on one page, a state per line. */
function contactSheet(pictures: readonly string[]): string {
  const states = [...new Set(pictures.map((name) => name.split('.')[0] ?? ''))]
  const line = (state: string): string =>
    `<h2>${state}</h2><p>${pictures
      .filter((name) => name.startsWith(`${state}.`))
      .map((name) => `<a href="${name}"><img loading="lazy" src="${name}" alt="${name}"></a>`)
      .join(' ')}</p>`
  return `<!doctype html><title>States</title><style>body{font:14px sans-serif;margin:24px}img{height:420px;border:1px solid #bbb}</style>${states.map(line).join('\n')}`
}
