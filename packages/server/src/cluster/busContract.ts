import { describe, expect, test } from 'vitest'
import type { Bus, Heard } from './bus.ts'
import type { BusMessage } from './messages.ts'

export type BusPlace = {
  join(): Bus | Promise<Bus>
  /** Nothing that is said from now on is heard, or everything again. */
  cut(broken: boolean): Promise<void> | void
}

const PATIENCE_MS = 8_000

/** What every bus has to do. */
export function busContract(name: string, open: () => Promise<BusPlace>): void {
  describe(`${name} as a bus`, () => {
    test('what is said is heard by all others, once, in order, with its text as it stands, and not by who said it', async () => {
      const { said, relays } = await openThree(await open())
      const texts = Array.from({ length: 300 }, (_, index) => `text ${index}\n"é" ${'x'.repeat(index)}`)
      for (const text of texts) relays[0]?.bus.say(ENDED, text)
      for (const relay of [1, 2]) await expect.poll(() => said(relay).length, { timeout: PATIENCE_MS }).toBe(300)
      for (const relay of [1, 2]) {
        expect(said(relay).map(({ text }) => text)).toEqual(texts)
        expect(said(relay).every(({ from, missed }) => from === relays[0]?.bus.self && !missed)).toBe(true)
      }
      expect(said(0)).toEqual([])
      await closeAll(relays)
    })

    test('what was lost is noticed with the next that is heard', async () => {
      const place = await open()
      const { said, relays } = await openThree(place)
      relays[0]?.bus.say(ENDED, 'one')
      await expect.poll(() => said(1).length, { timeout: PATIENCE_MS }).toBe(1)
      await place.cut(true)
      relays[0]?.bus.say(ENDED, 'lost')
      await allAre('down', relays)
      await place.cut(false)
      await allAre('up', relays)
      relays[0]?.bus.say(ENDED, 'two')
      await expect.poll(() => said(1).map(({ text }) => text), { timeout: PATIENCE_MS }).toEqual(['one', 'two'])
      expect(relays[1]?.heard.filter(({ missed }) => missed).length).toBeGreaterThan(0)
      await closeAll(relays)
    })

    test('whoever left hears and says nothing more, and the others go on', async () => {
      const { said, relays } = await openThree(await open())
      await relays[2]?.bus.close()
      relays[0]?.bus.say(ENDED, 'still here')
      await expect.poll(() => said(1).length, { timeout: PATIENCE_MS }).toBe(1)
      expect(said(2)).toEqual([])
      await closeAll(relays.slice(0, 2))
    })
  })
}

const ENDED: BusMessage = { type: 'ended', credentialId: 'token:x' }

type Relay = { bus: Bus; heard: Heard[] }

async function openThree(place: BusPlace): Promise<{ relays: Relay[]; said: (relay: number) => Heard[] }> {
  const relays: Relay[] = []
  for (let joined = 0; joined < 3; joined++) {
    const bus = await place.join()
    const heard: Heard[] = []
    bus.hear((one) => void heard.push(one))
    relays.push({ bus, heard })
  }
  await allAre('up', relays)
  return { relays, said: (relay) => relays[relay]?.heard.filter(({ message }) => message.type === 'ended') ?? [] }
}

async function allAre(state: 'up' | 'down', relays: readonly Relay[]): Promise<void> {
  const beat = (): boolean => {
    for (const { bus } of relays) bus.say({ type: 'alive' })
    return relays.every(({ bus }) => bus.state() === state)
  }
  await expect.poll(beat, { timeout: PATIENCE_MS, interval: 100 }).toBe(true)
}

async function closeAll(relays: readonly Relay[]): Promise<void> {
  await Promise.all(relays.map(({ bus }) => bus.close()))
}
