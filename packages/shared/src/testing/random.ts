/** Seeded randomness for tests: the same seed gives the same run, so a failing seed can be kept as a test. */
export type Random = {
  /** In [0, 1). */
  next(): number
  /** A whole number in [0, below). */
  int(below: number): number
  chance(probability: number): boolean
  pick<T>(choices: readonly T[]): T
  /** A version 4 UUID. */
  uuid(): string
}

/** mulberry32: small, fast and good enough for schedules. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const int = (below: number): number => Math.floor(next() * below)
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick(choices) {
      const choice = choices[int(choices.length)]
      if (choice === undefined) throw new Error('pick needs at least one choice')
      return choice
    },
    uuid() {
      const hex = Array.from({ length: 32 }, () => int(16).toString(16)).join('')
      const variant = (8 + int(4)).toString(16)
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
    },
  }
}
