import type { ImportableSession } from '@farhand/shared'
import { computed, shallowRef } from 'vue'
import { useAnswer } from '../../composables/useAnswer.ts'
import { useMachine } from '../../composables/useMachine.ts'

const PAGE_SIZE = 20

/** Conversations of a project that its machine knows of, page by page. */
export function useFound(projectId: string, machine: () => string) {
  const askMachine = useMachine()
  const sessions = shallowRef<readonly ImportableSession[]>([])
  const hasMore = shallowRef(false)
  let offset = 0
  const { answer, ask } = useAnswer(async () => {
    const page = await askMachine(projectId, 'sessions.importable', { limit: PAGE_SIZE, offset })
    offset += page.sessions.length
    sessions.value = joined(sessions.value, page.sessions)
    hasMore.value = page.truncated && page.sessions.length > 0
  }, machine)

  void ask()
  return {
    sessions,
    hasMore,
    more: ask,
    asking: computed(() => answer.value.name === 'asking'),
    problem: computed(() => (answer.value.name === 'refused' ? answer.value.why : '')),
  }
}

/** One that was spoken in meanwhile has moved to the top, and others come twice. Pure. */
function joined(known: readonly ImportableSession[], page: readonly ImportableSession[]): ImportableSession[] {
  const ids = new Set(known.map(({ claudeSessionId }) => claudeSessionId))
  return [...known, ...page.filter(({ claudeSessionId }) => !ids.has(claudeSessionId))]
}
