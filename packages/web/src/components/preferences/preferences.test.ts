import { expect, test } from 'vitest'
import { DEFAULTS, readPreferences } from './preferences.ts'

test('what was kept is read, and what is damaged falls back by itself', () => {
  expect(readPreferences('{"theme":"dark","toolDetail":"compact","letterKeys":false,"wrapCode":true}')).toEqual({
    theme: 'dark',
    toolDetail: 'compact',
    letterKeys: false,
    wrapCode: true,
  })
  expect(readPreferences('{"theme":"neon","letterKeys":false}')).toEqual({ ...DEFAULTS, letterKeys: false })
  expect(readPreferences('not json')).toEqual(DEFAULTS)
  expect(readPreferences('null')).toEqual(DEFAULTS)
})
