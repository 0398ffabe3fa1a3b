import { onScopeDispose, readonly, ref, watchEffect, type Ref } from 'vue'

const TICK_MS = 1_000
const SLOW_TICK_MS = 30_000

/** The present time, renewed each second while `running` says so. */
export function useNow(running: () => boolean = () => true, tickMs: number = TICK_MS): Readonly<Ref<number>> {
  const now = ref(Date.now())
  let timer: ReturnType<typeof setInterval> | undefined
  watchEffect(() => {
    clearInterval(timer)
    if (!running()) return
    now.value = Date.now()
    timer = setInterval(() => (now.value = Date.now()), tickMs)
  })
  onScopeDispose(() => clearInterval(timer))
  return readonly(now)
}

/** For "5m ago": it need not be exact. */
export function useSlowNow(): Readonly<Ref<number>> {
  return useNow(() => true, SLOW_TICK_MS)
}
