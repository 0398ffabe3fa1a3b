import { onScopeDispose, readonly, ref, watchEffect, type Ref } from 'vue'
import { steadyClock } from '../services/clock.ts'
import { useConnectionStore } from '../stores/connectionStore.ts'

const TICK_MS = 1_000
const SLOW_TICK_MS = 30_000

/**
 * The present time on the relay's clock, by which everything in a log is dated, renewed each second while `running`
 * says so. For what this page measures itself there is `useSteadyNow`.
 */
export function useNow(running: () => boolean = () => true, tickMs: number = TICK_MS): Readonly<Ref<number>> {
  return ticking(useConnectionStore().relayNow, running, tickMs)
}

/** For "5m ago": it need not be exact. */
export function useSlowNow(): Readonly<Ref<number>> {
  return useNow(() => true, SLOW_TICK_MS)
}

/** The present time on the clock that the connection counts by. */
export function useSteadyNow(running: () => boolean = () => true, tickMs: number = TICK_MS): Readonly<Ref<number>> {
  return ticking(steadyClock.now, running, tickMs)
}

function ticking(read: () => number, running: () => boolean, tickMs: number): Readonly<Ref<number>> {
  const now = ref(read())
  let timer: ReturnType<typeof setInterval> | undefined
  watchEffect(() => {
    clearInterval(timer)
    if (!running()) return
    now.value = read()
    timer = setInterval(() => (now.value = read()), tickMs)
  })
  onScopeDispose(() => clearInterval(timer))
  return readonly(now)
}
