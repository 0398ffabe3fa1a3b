import { mount } from '@vue/test-utils'
import { expect, test } from 'vitest'
import LinkCode from './LinkCode.vue'

const FINDER = 7
const QUIET_ZONE = 4

function show(text: string) {
  const code = mount(LinkCode, { props: { text, label: 'A code' } })
  const size = Number(code.get('svg').attributes('viewBox')?.split(' ')[3])
  const dark = new Set(
    code
      .get('path')
      .attributes('d')
      ?.match(/M\d+ \d+/g),
  )
  return { size, dark, isDark: (x: number, y: number) => dark.has(`M${x} ${y}`) }
}

test('the code has the three corners that a camera looks for, blank around it, and is another for another link', () => {
  const { size, dark, isDark } = show('https://far.example/login#code=one')
  const far = size - QUIET_ZONE - FINDER
  for (const [left, top] of [
    [QUIET_ZONE, QUIET_ZONE],
    [far, QUIET_ZONE],
    [QUIET_ZONE, far],
  ] as const) {
    for (let at = 0; at < FINDER; at += 1)
      expect([isDark(left + at, top), isDark(left, top + at)]).toEqual([true, true])
    expect([isDark(left + 1, top + 1), isDark(left + 3, top + 3)]).toEqual([false, true])
  }
  expect([isDark(far, far), isDark(far + 6, far), isDark(far, far + 6)]).not.toEqual([true, true, true])
  expect([...dark].every((cell) => cell.match(/\d+/g)?.every((at) => Number(at) >= QUIET_ZONE) === true)).toBe(true)
  expect(show('https://far.example/login#code=two').dark).not.toEqual(dark)
})
