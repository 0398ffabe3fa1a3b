import { ERROR_CODES, isErrorCode } from '@farhand/shared'
import { computed } from 'vue'
import { useOutboxStore } from '../stores/outboxStore.ts'
import { useProjectStore } from '../stores/projectStore.ts'
import { useTimelineStore } from '../stores/timelineStore.ts'

/** The project of a session and the machine that serves it. `wanted` names it while the session does not exist. */
export function useProjectOf(sessionId: string, wanted: () => unknown) {
  const store = useProjectStore()
  const outbox = useOutboxStore()
  const timelines = useTimelineStore()

  const summary = computed(() => store.sessions.get(sessionId))
  const projectId = computed(() => {
    const named = wanted()
    // Without the relay, or where the lists don't reach back so far, what this device kept of it knows as well.
    const kept = outbox.of(sessionId)[0]?.projectId ?? timelines.logs.get(sessionId)?.projectId
    return summary.value?.projectId ?? kept ?? (typeof named === 'string' ? named : undefined)
  })
  const project = computed(() => (projectId.value === undefined ? undefined : store.projects.get(projectId.value)))
  const agent = computed(() => (projectId.value === undefined ? undefined : store.agents.get(projectId.value)))
  const projectName = computed(() => project.value?.name ?? '')
  const machine = computed(() => agent.value?.name ?? project.value?.agentName ?? '')
  // Not known yet counts as online: nothing is claimed before it is known.
  const online = computed(() => project.value === undefined || store.isOnline(project.value.projectId))
  const offlineSince = computed(() => agent.value?.since)
  /** Why Claude Code can't run there, with what to do. */
  const problem = computed(() => {
    const found = agent.value?.claude?.problem
    if (found === undefined) return undefined
    return isErrorCode(found.code) ? `${found.message} ${ERROR_CODES[found.code].remedy}` : found.message
  })
  return { summary, projectId, projectName, machine, online, offlineSince, problem }
}
