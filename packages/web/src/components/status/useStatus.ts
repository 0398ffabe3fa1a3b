import { useDocumentVisibility, useIntervalFn } from '@vueuse/core'
import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import type { FarhandError } from '@farhand/shared'
import { asFarhandError } from '../../services/api.ts'
import { steadyClock } from '../../services/clock.ts'
import { readStatus, type AgentProof } from '../../services/status.ts'
import { withSample, type Sample } from './samples.ts'

const SAMPLE_EVERY_MS = 2_000
const KEEP_MS = 10 * 60_000

export type Status = {
  samples: Readonly<ShallowRef<readonly Sample[]>>
  /** As of the newest sample. */
  agents: Readonly<ShallowRef<readonly AgentProof[]>>
  /** Why the last question had no answer. */
  error: Readonly<ShallowRef<FarhandError | undefined>>
}

/** Asks the relay every two seconds how it is, while somebody looks. */
export function useStatus(): Status {
  const samples = shallowRef<readonly Sample[]>([])
  const agents = shallowRef<readonly AgentProof[]>([])
  const error = shallowRef<FarhandError>()
  const ended = new AbortController()
  let asking = false

  async function ask(): Promise<void> {
    if (asking) return // one at a time: a slow relay is not asked the more
    asking = true
    try {
      const status = await readStatus(ended.signal)
      samples.value = withSample(samples.value, { at: steadyClock.now(), values: status.values }, KEEP_MS)
      agents.value = status.agents
      error.value = undefined
    } catch (thrown) {
      if (!ended.signal.aborted) error.value = asFarhandError(thrown)
    } finally {
      asking = false
    }
  }

  const { pause, resume } = useIntervalFn(() => void ask(), SAMPLE_EVERY_MS, {
    immediate: false,
    immediateCallback: true,
  })
  watch(useDocumentVisibility(), (visibility) => (visibility === 'visible' ? resume() : pause()), { immediate: true })
  onScopeDispose(() => ended.abort())
  return { samples, agents, error }
}
