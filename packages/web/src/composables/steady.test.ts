// @vitest-environment node
import { expect, test } from 'vitest'
import { shallowRef, watch } from 'vue'
import { steady, steadyList } from './steady.ts'

test('what says the same is the same, and nobody who shows it is told', () => {
  const source = shallowRef({ text: 'a', other: 1 })
  const value = steady(() => ({ text: source.value.text }))
  let told = 0
  watch(value, () => (told += 1), { flush: 'sync' })
  const before = value.value
  source.value = { text: 'a', other: 2 }
  expect(value.value).toBe(before)
  expect(told).toBe(0)
  source.value = { text: 'b', other: 2 }
  expect(value.value).toEqual({ text: 'b' })
  expect(told).toBe(1)
})

test('a list of the same members is the same list', () => {
  const [one, two] = [{ id: 1 }, { id: 2 }]
  const source = shallowRef([one, two])
  const list = steadyList(() => source.value.filter(({ id }) => id < 3))
  const before = list.value
  source.value = [one, two, { id: 3 }]
  expect(list.value).toBe(before)
  source.value = [{ id: 1 }, two]
  expect(list.value).not.toBe(before)
})
