import { afterEach, expect, test, vi } from 'vitest'
import { effectScope, ref, type Ref } from 'vue'
import { beginTurns, endTurns, useTurn } from './useTurn.ts'

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
