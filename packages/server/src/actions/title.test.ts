import { expect, test } from 'vitest'
import { titleOf } from './title.ts'

test('a session is called after the first line of its first prompt that says something', () => {
  expect(titleOf('\n  \n Fix the tests \nand more')).toBe('Fix the tests')
  expect(titleOf('👍'.repeat(90))).toBe(`${'👍'.repeat(79)}…`)
  expect(titleOf(' \n ')).toBeUndefined()
})

test('what is sealed is not read', () => {
  expect(titleOf('e2e:v1:key:AAAA')).toBeUndefined()
})
