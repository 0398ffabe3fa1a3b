import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

export const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
/** Rules without one of these tags that Lighthouse counts; with them, axe asks for all that it asks. */
const ALSO = Object.fromEntries(
  ['identical-links-same-purpose', 'table-fake-caption', 'td-has-header'].map((rule) => [rule, { enabled: true }]),
)
/** axe alone takes many seconds on a long page and a busy machine. */
const AXE_TIMEOUT_MS = 45_000
/** What a finger needs, in CSS pixels. */
const FINGER = 44
const TARGETS = 'button, [role="button"], [role="menuitem"], textarea, summary, label:has(input)'

/** axe finds nothing, once the page has come to rest: what just opened may be half drawn at first. */
export async function expectAccessible(page: Page, name = 'axe'): Promise<void> {
  await expectNothing(name, () => new AxeBuilder({ page }).options({ rules: ALSO }).withTags(AXE_TAGS))
}

/** The part of it that depends on the colour scheme. */
export async function expectReadable(page: Page, name = 'contrast'): Promise<void> {
  await expectNothing(name, () => new AxeBuilder({ page }).withRules(['color-contrast']))
}

async function expectNothing(name: string, axe: () => AxeBuilder): Promise<void> {
  const violations = async () => {
    const result = await axe().analyze()
    return result.violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => node.html.slice(0, 200)) }))
  }
  await expect.poll(violations, { message: name, timeout: AXE_TIMEOUT_MS }).toEqual([])
}

/** Nothing scrolls sideways. */
export async function expectFits(page: Page, name = 'overflow'): Promise<void> {
  const overflow = () =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  await expect.poll(overflow, name).toBe(0)
}

/** What is to be pressed, and not behind something that is open, is large enough; links in a sentence are as large as its line. */
export async function expectLargeTargets(page: Page, name = 'small targets'): Promise<void> {
  const small = () =>
    page.evaluate(
      ([targets, least]) =>
        [...document.querySelectorAll<HTMLElement>(targets)]
          .filter((element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
          .filter((element) => element.closest('[data-aria-hidden]') === null)
          .filter((element) => {
            const { width, height } = element.getBoundingClientRect()
            return Math.round(width) < least || Math.round(height) < least
          })
          .map((element) => element.outerHTML.slice(0, 160)),
      [TARGETS, FINGER] as const,
    )
  await expect.poll(small, name).toEqual([])
}
