import { useEventListener } from '@vueuse/core'
import { shallowRef, watch } from 'vue'
import { useRoute } from 'vue-router'
import { draftKey, readDraftsOf } from '../../services/draftStorage.ts'
import { useConnectionStore } from '../../stores/connectionStore.ts'

/** The sessions in which something was typed and not sent, as they were when one left them. */
export function useDrafts(storage: Storage = localStorage) {
  const route = useRoute()
  const connection = useConnectionStore()
  const sessions = shallowRef<ReadonlySet<string>>(new Set())

  function look(): void {
    const person = connection.personId
    sessions.value = person === undefined ? new Set() : readDraftsOf(storage, person)
  }

  // The page that is left writes its draft as it goes, which is before this.
  watch([() => route.fullPath, () => connection.personId], look, { immediate: true, flush: 'post' })
  useEventListener(window, 'storage', ({ key }) => {
    const person = connection.personId
    if (key === null || (person !== undefined && key.startsWith(draftKey(person, '')))) look()
  })

  return { has: (sessionId: string): boolean => sessions.value.has(sessionId) }
}
