import { FarhandError } from '@farhand/shared'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { AskMachine } from '../services/machine.ts'
import { useOfferStore } from './offerStore.ts'

beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

test('what a machine offers is asked once a minute and project, and kept while asking again fails', async () => {
  const { commands } = useOfferStore()
  let asked = 0
  let fails = false
  const ask = (async () => {
    asked += 1
    if (fails) throw new FarhandError('AGENT_OFFLINE')
    return { commands: [{ name: 'clear', description: '', builtin: true }] }
    // The machine's answers are typed by the method that is asked, which one stand-in can't be.
  }) as unknown as AskMachine
  await Promise.all([commands.want(ask, 'p'), commands.want(ask, 'p')])
  await commands.want(ask, 'p')
  expect(asked).toBe(1)
  await commands.want(ask, 'q')
  expect(asked).toBe(2)
  vi.advanceTimersByTime(60_001)
  fails = true
  await commands.want(ask, 'p')
  expect(commands.of('p')).toMatchObject({ name: 'refused', value: [{ name: 'clear' }] })
  fails = false
  await commands.want(ask, 'p') // at once, since it was refused
  expect([asked, commands.of('p')?.name]).toEqual([4, 'known'])
})
