import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import type { OneTime, OneTimeKind, OneTimeStore } from '../store.ts'

/**
 * Secrets that open something once.
 *
 * @param stores those that share them; what one keeps, the other takes. It may be one and the same.
 * @param prepare opens them, for each test
 */
export function describeOneTime(
  name: string,
  stores: () => readonly [OneTimeStore, OneTimeStore],
  prepare: () => Promise<void> = () => Promise.resolve(),
): void {
  const secret = (part: Partial<OneTime> = {}): OneTime => ({
    kind: 'ticket',
    hash: randomUUID(),
    body: '{"name":"\\u0000"}',
    lifeMs: 60_000,
    most: 100,
    ...part,
  })
  const kept = async (part: Partial<OneTime> = {}): Promise<OneTime> => {
    const one = secret(part)
    await stores()[0].keepOnce(one)
    return one
  }
  const take = (kind: OneTimeKind, hash: string) => stores()[1].takeOnce(kind, hash)

  describe(`what opens something once: ${name}`, () => {
    beforeEach(prepare)

    test('is taken once, as what it is, with the time that it has left', async () => {
      const { hash, body } = await kept()
      expect(await take('login', hash)).toBeUndefined()
      const taken = await take('ticket', hash)
      expect(taken?.body).toBe(body)
      expect(taken?.leftMs).toBeGreaterThan(50_000)
      expect(taken?.leftMs).toBeLessThanOrEqual(60_000)
      expect(await take('ticket', hash)).toBeUndefined()
      expect(await take('ticket', randomUUID())).toBeUndefined()
    })

    test('of many who come at once one gets it', async () => {
      const { hash } = await kept()
      const takers = Array.from({ length: 8 }, (_, index) => stores()[index % 2 === 0 ? 0 : 1].takeOnce('ticket', hash))
      expect((await Promise.all(takers)).filter((taken) => taken !== undefined)).toHaveLength(1)
    })

    test('does not live longer than it was given', async () => {
      const { hash } = await kept({ lifeMs: 30 })
      await new Promise((resolve) => setTimeout(resolve, 60))
      expect(await take('ticket', hash)).toBeUndefined()
    })

    test('a second one of the same owner takes the place of the first, of its kind', async () => {
      const owner = randomUUID()
      const [first, other, second] = [
        await kept({ owner, kind: 'login' }),
        await kept({ owner }),
        await kept({ owner, kind: 'login' }),
      ]
      expect(await take('login', first.hash)).toBeUndefined()
      expect(await take('login', second.hash)).toBeDefined()
      expect(await take('ticket', other.hash)).toBeDefined()
    })

    test('beyond so many of a kind the oldest go', async () => {
      const three = [await kept({ most: 2 }), await kept({ most: 2 }), await kept({ most: 2 })]
      const taken = []
      for (const { hash } of three) taken.push((await take('ticket', hash)) !== undefined)
      expect(taken).toEqual([false, true, true])
    })

    test('many at once are all kept', async () => {
      const many = Array.from({ length: 40 }, (_, index) => secret({ owner: `owner ${index % 3}`, kind: 'ticket' }))
      const free = many.map((one) => ({ ...one, owner: undefined, hash: randomUUID() }))
      await Promise.all([...many, ...free].map((one, index) => stores()[index % 2 === 0 ? 0 : 1].keepOnce(one)))
      const taken = await Promise.all(free.map(({ hash }) => take('ticket', hash)))
      expect(taken.filter((one) => one === undefined)).toEqual([])
    })
  })
}
