import { computed, watch, type ComputedRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { writeBegun } from '../services/begunSession.ts'
import { useProjectStore } from '../stores/projectStore.ts'
import { partOf, readBeginning, sentAtFirst, writeBeginning, type Beginning } from './beginning.ts'
import type { SentAlong } from './useSession.ts'
import { useSessionActions } from './useSessionActions.ts'

type BeginningOf = {
  sessionId: string
  projectId: ComputedRef<string | undefined>
  /** It has a message, on the way at least. */
  begun: ComputedRef<boolean>
  /** Where Claude Code said that it works. */
  directory(): string | undefined
}

/** How the session of a page begins, until it has begun; and what each message takes along for that. */
export function useBeginning({ sessionId, projectId, begun, directory }: BeginningOf) {
  const route = useRoute()
  const router = useRouter()
  const projects = useProjectStore()
  const actions = useSessionActions()
  const asked = computed(() => readBeginning(route.query))
  const beginning = computed(() => (begun.value ? undefined : asked.value))
  /** What the first message asked for, as long as the address says it. */
  const first = computed(() => asked.value.settings ?? {})
  let name = ''

  function change(next: Beginning): void {
    const query = writeBeginning(next)
    if (projectId.value !== undefined) writeBegun(projectId.value, { sessionId, query })
    void router.replace({ query: { project: projectId.value, ...query } })
  }

  function along(): SentAlong {
    if (beginning.value !== undefined) {
      const { from } = beginning.value
      // Called after what it goes on with, not after the first words of today.
      name = from === undefined || from.fork ? '' : from.title
      return sentAtFirst(beginning.value)
    }
    const root = projectId.value === undefined ? undefined : projects.projects.get(projectId.value)?.path
    const part = partOf(root, directory() ?? asked.value.from?.workingDirectory)
    return part === undefined ? {} : { workingDirectory: part }
  }

  watch(
    () => projects.sessions.has(sessionId),
    (exists) => {
      if (exists && name !== '') actions.update(sessionId, { title: name })
      name = ''
    },
  )

  return { beginning, first, change, along }
}
