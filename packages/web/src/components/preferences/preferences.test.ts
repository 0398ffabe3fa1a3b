import { expect, test } from 'vitest'
import { DEFAULTS, readPreferences } from './preferences.ts'

test('what was kept is read, and what is damaged falls back by itself', () => {
  expect(
    readPreferences(
      '{"theme":"dark","toolDetail":"compact","enter":"newline","letterKeys":false,"wrapCode":true,"notify":["need"],"pushed":true}',
    ),
  ).toEqual({
    theme: 'dark',
    toolDetail: 'compact',
    enter: 'newline',
    letterKeys: false,
    wrapCode: true,
    notify: ['need'],
    pushed: true,
  })
  expect(readPreferences('{"theme":"neon","letterKeys":false,"notify":["all"],"pushed":1}')).toEqual({
    ...DEFAULTS,
    letterKeys: false,
  })
  expect(readPreferences('not json')).toEqual(DEFAULTS)
  expect(readPreferences('null')).toEqual(DEFAULTS)
})
