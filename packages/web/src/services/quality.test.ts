import { expect, test } from 'vitest'
import { chooseQuality, isSlowLink } from './quality.ts'

const DESK = { hidden: false, savesData: false, slowLink: false, phone: false }

test('[SUB9] a tab that is looked at takes everything, on a slow link or a phone in fewer messages, a hidden one records', () => {
  expect(chooseQuality(DESK)).toBe('every')
  expect(chooseQuality({ ...DESK, phone: true })).toBe('gathered')
  expect(chooseQuality({ ...DESK, savesData: true })).toBe('gathered')
  expect(chooseQuality({ ...DESK, slowLink: true })).toBe('gathered')
  expect(chooseQuality({ ...DESK, phone: true, hidden: true })).toBe('records')
})

test('a link is slow by what the browser says or by what was measured, and is not fast again at once', () => {
  expect(isSlowLink(undefined, undefined, false)).toBe(false)
  expect(isSlowLink('4g', 90, false)).toBe(false)
  expect(isSlowLink('3g', 90, false)).toBe(true)
  expect([isSlowLink('4g', 500, false), isSlowLink('4g', 300, true), isSlowLink('4g', 300, false)]).toEqual([
    true,
    true,
    false,
  ])
  expect(isSlowLink('4g', 200, true)).toBe(false)
})
