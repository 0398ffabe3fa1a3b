import { expect, test } from 'vitest'
import { remembered } from './remembered.ts'

function counted(answer: (key: string) => Promise<string> = async (key) => `${key}!`) {
  const clock = { at: 0, now: () => clock.at }
  const asked: string[] = []
  const ask = remembered({ freshMs: 1_000, clock }, (key: string) => {
    asked.push(key)
    return answer(key)
  })
  return { clock, asked, ask }
}

test('asked once per key while it is fresh, also when two ask at once; a clock that goes back makes nothing fresh', async () => {
  const { clock, asked, ask } = counted()
  expect(await Promise.all([ask('a'), ask('a'), ask('b')])).toEqual(['a!', 'a!', 'b!'])
  clock.at = 999
  await ask('a')
  expect(asked).toEqual(['a', 'b'])
  clock.at = 1_000
  await ask('a')
  clock.at = -5_000
  await ask('a')
  expect(asked).toEqual(['a', 'b', 'a', 'a'])
})

test('what failed is asked again', async () => {
  let fails = true
  const { asked, ask } = counted((key) => (fails ? Promise.reject(new Error('no')) : Promise.resolve(key)))
  await expect(ask('a')).rejects.toThrow('no')
  fails = false
  expect(await ask('a')).toBe('a')
  expect(asked).toHaveLength(2)
})
