import { nextTick, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/**
 * `?focus=decision`, as a notification's address has it, leads to what waits for an answer. Once it did, or it is known that
 * nothing waits, it leaves the address, so that a reload does not do it again.
 */
export function useDecisionFocus(session: { waits: () => boolean; live: () => boolean }): void {
  const route = useRoute()
  const router = useRouter()

  async function focus(): Promise<void> {
    if (route.query['focus'] !== 'decision') return
    if (session.waits()) {
      await nextTick()
      document.getElementById('request-card')?.focus()
    } else if (!session.live()) return
    const { focus: _done, ...query } = route.query
    await router.replace({ query, hash: route.hash })
  }

  watch([() => route.query['focus'], session.waits, session.live], () => void focus(), {
    immediate: true,
    flush: 'post',
  })
}
