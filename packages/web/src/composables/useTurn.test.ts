import { afterEach, expect, test, vi } from 'vitest'
import { effectScope, ref, watch, type Ref } from 'vue'
import { beginTurns, endTurns, useTurn, useTurns } from './useTurn.ts'

let scope = effectScope()
afterEach(() => {
  endTurns()
  scope.stop()
  scope = effectScope()
})

/** What a part would be told that is drawn now. */
const ask = (part: Parameters<typeof useTurn>[0]): Readonly<Ref<boolean>> =>
  scope.run(() => useTurn(part)) ?? ref(false)

const values = (turns: readonly Readonly<Ref<boolean>>[]): boolean[] => turns.map((turn) => turn.value)

test('parts come at once, but for the first time: then one after the other, in the order of the page', async () => {
  expect(ask('list').value).toBe(true)
  beginTurns()
  const turns = [ask('list'), ask('dock')]
  expect(values(turns)).toEqual([false, false])
  await vi.waitFor(() => expect(values(turns)).toEqual([false, true]), { interval: 0 })
  await vi.waitFor(() => expect(values(turns)).toEqual([true, true]))
  const later = ask('log')
  await vi.waitFor(() => expect(later.value).toBe(true))
})

test('whoever goes on waits for nothing, and who is gone has no turn', () => {
  beginTurns()
  const gone = effectScope()
  const left = gone.run(() => useTurn('dock'))
  const list = ask('list')
  gone.stop()
  endTurns()
  expect(values([list])).toEqual([true])
  expect(left?.value).toBe(false)
  expect(ask('overlays').value).toBe(true)
})

test('a part in pieces has a turn for each, and one that is not ready keeps nobody waiting', async () => {
  beginTurns()
  const isReady = ref(false)
  const late = scope.run(() => useTurn('dock', () => isReady.value))
  const pieces = scope.run(() => useTurns('rows', 3))
  const seen: unknown[] = []
  watch([() => pieces?.value, () => late?.value], (now) => seen.push(now), { flush: 'sync' })
  watch(
    () => pieces?.value,
    (count) => (isReady.value = count === 2),
    { flush: 'sync' },
  )
  await vi.waitFor(() => expect(pieces?.value).toBe(3))
  expect(seen).toEqual([
    [1, false],
    [2, false],
    [2, true],
    [3, true],
  ])
})

test('a part that gets ready when the page is there is drawn at once', () => {
  beginTurns()
  const isReady = ref(false)
  const late = scope.run(() => useTurn('conversation', () => isReady.value))
  endTurns()
  expect(late?.value).toBe(false)
  isReady.value = true
  expect(late?.value).toBe(true)
})
