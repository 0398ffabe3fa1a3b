import type { RetentionRule, RetentionScope, RetentionState } from '@farhand/shared'
import { onScopeDispose, readonly, ref, shallowRef } from 'vue'
import { asFarhandError } from '../../services/api.ts'
import type { Retention } from '../../services/retention.ts'

/** The rule of a scope, and what another one would do. The last question's answer counts. */
export function useRetention(api: Retention) {
  /** As it is set. */
  const known = shallowRef<RetentionState>()
  /** As it would be; undefined while that is not known. */
  const planned = shallowRef<RetentionState>()
  const problem = ref('')
  const done = ref(false)
  let asked = 0
  onScopeDispose(() => (asked = -1))

  /** A door: every refusal becomes words. Answers whether it is the last that was asked, and was answered. */
  async function attempt(work: () => Promise<RetentionState>): Promise<RetentionState | undefined> {
    asked += 1
    const mine = asked
    problem.value = ''
    planned.value = undefined
    try {
      const state = await work()
      return mine === asked ? state : undefined
    } catch (error) {
      if (mine === asked) problem.value = asFarhandError(error).message
      return undefined
    }
  }

  return {
    known,
    planned,
    problem: readonly(problem),
    done: readonly(done),
    async load(scope: RetentionScope): Promise<RetentionState | undefined> {
      known.value = undefined
      done.value = false
      const state = await attempt(() => api.read(scope))
      if (state !== undefined) known.value = planned.value = state
      return state
    },
    async look(scope: RetentionScope, rule: RetentionRule | null): Promise<void> {
      done.value = false
      planned.value = await attempt(() => api.preview(scope, rule))
    },
    /** Nothing is planned any more, as what is typed is no rule. */
    forget(): void {
      asked += 1
      planned.value = undefined
    },
    async set(scope: RetentionScope, rule: RetentionRule | null, digest: string): Promise<void> {
      const state = await attempt(() => api.set(scope, rule, digest))
      if (state === undefined) return
      known.value = planned.value = state
      done.value = true
    },
  }
}
