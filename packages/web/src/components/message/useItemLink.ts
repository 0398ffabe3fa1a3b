import { useRouter } from 'vue-router'
import { hashOf, type LinkedItem } from '../conversation/itemLink.ts'

/** The address at which a session opens with one of its items. */
export function useItemLink(sessionId: string): (item: LinkedItem) => string {
  const router = useRouter()
  return (item) =>
    new URL(
      router.resolve({ name: 'session', params: { sessionId }, hash: hashOf(item) }).href,
      location.origin,
    ).toString()
}
