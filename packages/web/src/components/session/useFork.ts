import { computed } from 'vue'
import { sessionTitle } from './sessionState.ts'
import { useProjectStore } from '../../stores/projectStore.ts'
import { useTimelineStore } from '../../stores/timelineStore.ts'
import { isInside } from '../../composables/beginning.ts'
import { useNewSession } from '../../composables/useNewSession.ts'

/** A session with what was said in another one, as far as this page has read that one. */
export function useFork(sessionId: string) {
  const timelines = useTimelineStore()
  const projects = useProjectStore()
  const newSession = useNewSession()

  /** What it would begin with. Undefined: nothing was said yet, or it is not known here. */
  const source = computed(() => {
    const session = projects.sessions.get(sessionId)
    const { claudeSessionId, cwd } = timelines.logs.get(sessionId)?.timeline.effective ?? {}
    if (session === undefined || claudeSessionId === undefined || cwd === undefined) return undefined
    const { projectId } = session
    const root = projects.projects.get(projectId)?.path
    const title = sessionTitle(session)
    return {
      projectId,
      claudeSessionId,
      workingDirectory: cwd,
      title,
      inProject: root !== undefined && isInside(root, cwd),
    }
  })

  /** A worktree belongs to one session. */
  const canFork = computed(() => source.value?.inProject === true)

  /** @param before only what was said before this message; `text` is proposed as the first message */
  function fork({ before, text = '' }: { before?: string | undefined; text?: string } = {}): void {
    if (source.value === undefined || !canFork.value) return
    const { projectId, claudeSessionId, workingDirectory, title } = source.value
    const from = { claudeSessionId, workingDirectory, title, fork: true }
    newSession.start(projectId, {
      text,
      beginning: { from: before === undefined ? from : { ...from, before }, worktree: false },
    })
  }

  return { source, canFork, fork }
}
