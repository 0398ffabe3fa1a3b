// @vitest-environment node
import { expect, test } from 'vitest'
import { ref } from 'vue'
import { useAhead } from './useAhead.ts'

const KEYS = Array.from({ length: 40 }, (_none, at) => `row ${at}`)

test('rows are made ahead of those that are shown, and no more than there are', async () => {
  const shown = ref({ first: 10, end: 40 })
  const { unseen, prepare } = useAhead(ref(KEYS), shown)
  expect(unseen.value).toBe(0)
  await prepare(4)
  expect(unseen.value).toBe(4)
  await prepare(16)
  expect(unseen.value).toBe(10)
})

test('what was made for one place is not made for another', async () => {
  const [keys, shown] = [ref<readonly string[]>(KEYS), ref({ first: 10, end: 40 })]
  const { unseen, prepare } = useAhead(keys, shown)
  await prepare(4)
  // It is shown now.
  shown.value = { first: 6, end: 40 }
  expect(unseen.value).toBe(0)
  await prepare(4)
  // The reader has gone to the end.
  shown.value = { first: 30, end: 40 }
  expect(unseen.value).toBe(0)
  // Older rows have come: those that were made stand where they stood.
  shown.value = { first: 6, end: 40 }
  await prepare(4)
  keys.value = ['older', ...KEYS]
  shown.value = { first: 7, end: 41 }
  expect(unseen.value).toBe(4)
})
