import { watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { linkedItem } from '../conversation/itemLink.ts'
import { reveal, wantedItem } from '../conversation/reveal.ts'

/**
 * An address with the link of an item leads to it. Once it is shown, or is known to be gone, its link leaves the address,
 * so that a reload does not lead there again. Answers whether this page was opened by such a link.
 */
export function useLinkedItem(sessionId: string): boolean {
  const route = useRoute()
  const router = useRouter()

  function follow(): boolean {
    const linked = linkedItem(route.hash)
    if (linked !== undefined) reveal(sessionId, linked.id, linked.seq)
    return linked !== undefined
  }

  // After the page is drawn: on the way to another session this one's is gone by then.
  watch(() => route.hash, follow, { flush: 'post' })
  watch(
    wantedItem,
    (wanted) => {
      if (wanted === undefined && linkedItem(route.hash) !== undefined)
        void router.replace({ query: route.query, hash: '' })
    },
    { flush: 'post' },
  )
  return follow()
}
