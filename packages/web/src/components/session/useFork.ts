import { computed } from 'vue'
import { isInside } from '../../composables/beginning.ts'
import { useMachine } from '../../composables/useMachine.ts'
import { useNewSession } from '../../composables/useNewSession.ts'
import { tellRefusal } from '../../services/machine.ts'
import { useNoticeStore } from '../../stores/noticeStore.ts'
import { useProjectStore } from '../../stores/projectStore.ts'
import { useTimelineStore } from '../../stores/timelineStore.ts'
import { beginningTexts as texts } from '../../texts/machine.ts'
import { endOfFork } from './fork.ts'
import { sessionTitle } from './sessionState.ts'

type Origin = { claudeSessionId: string; workingDirectory: string; branch?: string }
type Part = { before?: string | undefined; text?: string }

/** A session with what was said in another one: as this page has read that one, else as its machine knows it. */
export function useFork(sessionId: string) {
  const timelines = useTimelineStore()
  const projects = useProjectStore()
  const notices = useNoticeStore()
  const newSession = useNewSession()
  const askMachine = useMachine()
  const log = computed(() => timelines.logs.get(sessionId))
  const session = computed(() => projects.sessions.get(sessionId))

  /** Claude Code's own conversation, as far as this page has read of it. */
  const claudeSessionId = computed(() => log.value?.timeline.effective.claudeSessionId)

  const isRead = computed(() => log.value !== undefined && log.value.timeline.cursor > 0)

  /** Nothing was said yet in one that is read from its beginning; of others the machine knows. */
  const canFork = computed(() => {
    if (session.value === undefined) return false
    return claudeSessionId.value !== undefined || !isRead.value || log.value?.from !== 0
  })

  /** Undefined: it has to be asked, also where it works in a worktree, which is none of the project's own directories. */
  function readOrigin(): Origin | undefined {
    const { cwd } = log.value?.timeline.effective ?? {}
    const root = session.value && projects.projects.get(session.value.projectId)?.path
    if (claudeSessionId.value === undefined || cwd === undefined || root === undefined || !isInside(root, cwd)) {
      return undefined
    }
    return { claudeSessionId: claudeSessionId.value, workingDirectory: cwd }
  }

  async function askOrigin(projectId: string): Promise<Origin | undefined> {
    const { worktree, rewound, ...origin } = await askMachine(projectId, 'sessions.origin', { sessionId })
    if (rewound && !isRead.value) {
      notices.show(texts.openFirst)
      return undefined
    }
    return worktree === undefined ? origin : { ...origin, branch: worktree.branch }
  }

  /**
   * A door: why it can't be done is told.
   * @param before only what was said before this message; `text` is proposed as the first message
   */
  async function fork({ before, text = '' }: Part = {}): Promise<void> {
    if (session.value === undefined) return
    const { projectId } = session.value
    const title = sessionTitle(session.value)
    try {
      const origin = readOrigin() ?? (await askOrigin(projectId))
      if (origin === undefined) return
      const from = { ...origin, title, fork: true, ...(before === undefined ? {} : { before }) }
      newSession.start(projectId, { text, beginning: { from, worktree: false } })
    } catch (error) {
      notices.show(texts.notForked(tellRefusal(error, projects.agents.get(projectId)?.name ?? '')))
    }
  }

  /** All that counts of it. */
  function forkAll(): Promise<void> {
    return fork({ before: log.value === undefined ? undefined : endOfFork(log.value.timeline) })
  }

  return { claudeSessionId, canFork, fork, forkAll }
}
