import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'
import { tellRefusal } from '../services/machine.ts'

/** A question to a machine, and what is known of its answer. */
export type Answer<T> =
  | { name: 'asking' }
  | { name: 'answered'; value: T }
  /** In words, with what to do. */
  | { name: 'refused'; why: string }

export type Asking<T> = {
  answer: Readonly<ShallowRef<Answer<T>>>
  /** Asks, again too: the last question's answer counts. What was known stays to be seen meanwhile. */
  ask(): Promise<void>
}

export function useAnswer<T>(question: () => Promise<T>, machine: () => string): Asking<T> {
  const answer = shallowRef<Answer<T>>({ name: 'asking' })
  let asked = 0

  /** A door: every refusal becomes words. */
  async function ask(): Promise<void> {
    asked += 1
    const mine = asked
    if (answer.value.name === 'refused') answer.value = { name: 'asking' }
    const next = await question().then(
      (value): Answer<T> => ({ name: 'answered', value }),
      (error: unknown): Answer<T> => ({ name: 'refused', why: tellRefusal(error, machine()) }),
    )
    if (mine === asked) answer.value = next
  }

  onScopeDispose(() => (asked = -1))
  return { answer, ask }
}
