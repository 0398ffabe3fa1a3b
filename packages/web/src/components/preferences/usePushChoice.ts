import type { PushOutcome, PushState } from '@farhand/shared'
import { computed, ref, shallowRef } from 'vue'
import { asFarhandError } from '../../services/api.ts'
import type { Push } from '../../services/push.ts'
import { pushTexts as texts } from '../../texts/notify.ts'
import { usePreferences } from './preferences.ts'

/** Whether this browser is told while no tab is open: what stands in the way, in words, and how it is changed. */
export function usePushChoice(push: Push) {
  const { preferences, prefer } = usePreferences()
  const state = shallowRef<PushState | 'missing'>()
  const busy = ref(false)
  const problem = ref('')
  const said = ref('')

  const relay = computed(() => (state.value === 'missing' ? undefined : state.value))
  const possible = computed(() => relay.value?.state === 'ready')
  /** What was just chosen, until it is known what came of it. */
  const wished = ref<boolean>()
  const on = computed(
    () => wished.value ?? (possible.value && preferences.value.pushed && relay.value?.here !== undefined),
  )
  const about = computed(() => {
    if (problem.value !== '') return problem.value
    if (state.value === undefined) return texts.loading
    if (state.value === 'missing') return texts.missing
    if (state.value.state !== 'ready') return texts.states[state.value.state]
    const { here } = state.value
    return on.value && here?.problem !== undefined ? texts.problems[here.problem] : texts.about
  })

  /** A door: every refusal becomes words. */
  async function attempt(work: () => Promise<void>): Promise<void> {
    busy.value = true
    problem.value = ''
    said.value = ''
    try {
      await work()
    } catch (error) {
      problem.value = error instanceof DOMException ? texts.browser : asFarhandError(error).message
    } finally {
      busy.value = false
    }
  }

  const load = () => attempt(async () => void (state.value = (await push.read()) ?? 'missing'))

  async function choose(next: boolean): Promise<void> {
    wished.value = next
    await attempt(async () => {
      if (next) state.value = (await push.agree(preferences.value.notify)) ?? 'missing'
      else await push.leave()
      prefer({ pushed: next })
      if (!next) state.value = (await push.read()) ?? 'missing'
    })
    wished.value = undefined
  }

  async function test(): Promise<void> {
    let outcome: PushOutcome | undefined
    await attempt(async () => void (outcome = await push.test()))
    if (outcome === undefined) return
    const words = texts.outcomes[outcome]
    await load()
    said.value = words
  }

  return { busy, possible, on, about, said, problem, load, choose, test }
}
