import type { BusMessage } from './messages.ts'

/**
 * How relays of one log tell each other what happened, quickly and without any promise: what is said is heard by every
 * other relay once and in the order of its sayer, or not at all. The log is the truth, and whatever is lost here is found
 * there.
 */
export type Bus = {
  /** This process, as the others hear of it. */
  readonly self: string
  /** Never waits and never throws. `text` goes along as it stands. */
  say(message: BusMessage, text?: string): void
  /** Hears the others, never oneself, until the returned function is called. */
  hear(listener: (heard: Heard) => void): () => void
  /** `up`: what was said here last has come back from where the others hear it. */
  state(): 'up' | 'down'
  /** How long what is said takes to be heard, when that was last measured. */
  lagMs(): number
  /** What was said has left by then, if that can be. */
  close(): Promise<void>
}

/** `missed`: something that this relay said before was not heard. */
export type Heard = { from: string; missed: boolean; message: BusMessage; text: string }

/** Tells from their numbers what came twice and what did not come. Of one that is heard for the first time nothing is missed. */
export function createNumbers(): {
  take(from: string, n: number): 'next' | 'missed' | 'again'
  forget(from: string): void
} {
  const last = new Map<string, number>()
  return {
    take: (from, n) => {
      const before = last.get(from) ?? n - 1
      if (n <= before) return 'again'
      last.set(from, n)
      return n === before + 1 ? 'next' : 'missed'
    },
    forget: (from) => last.delete(from),
  }
}
