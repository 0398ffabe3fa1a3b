import { expect, test } from 'vitest'
import { announcement, readLoginLink } from './announce.ts'

const LINK = 'http://127.0.0.1:3000/login#code=abc'

test('the link is read from the server’s line, and from no other', () => {
  expect(readLoginLink(`Login link (works once): ${LINK}`)).toBe(LINK)
  expect(readLoginLink('Farhand server is ready at http://127.0.0.1:3000')).toBeUndefined()
})

test('the link stands once on a line of its own, so that it can be copied', () => {
  const text = announcement('start', LINK, ['/code/shop'])
  expect(text.split('\n').filter((line) => line.trim() === LINK)).toHaveLength(1)
  expect(text).toContain('/code/shop')
  expect(text).not.toContain('change the greeting')
})

test('the demo says what to type', () => {
  expect(announcement('demo', LINK, [])).toContain('change the greeting')
})
