import type { AgentResult, GitStatus, Timeline } from '@farhand/shared'
import { computed, inject, provide, watch, type ComputedRef, type InjectionKey, type Ref } from 'vue'
import { isInside } from '../../composables/beginning.ts'
import { useAnswer, type Answer } from '../../composables/useAnswer.ts'
import { useMachine } from '../../composables/useMachine.ts'
import { useConnectionStore } from '../../stores/connectionStore.ts'
import { useProjectStore } from '../../stores/projectStore.ts'

/** What has changed in the files of a session, as its machine said last. */
export type Changes = {
  status: Readonly<Ref<Answer<GitStatus>>>
  refresh(): Promise<void>
  diff(path: string): Promise<AgentResult<'git.diff'>>
  /** Whether the session works in a worktree of its own. */
  worktree: ComputedRef<boolean>
  /** The branch that it works on, where one is known. */
  branch: ComputedRef<string | undefined>
}

const CHANGES: InjectionKey<Changes> = Symbol('changes')

type ChangesOf = {
  sessionId: string
  projectId: ComputedRef<string | undefined>
  machine: ComputedRef<string>
  online: ComputedRef<boolean>
  timeline: ComputedRef<Timeline>
}

/** Asks when the session is opened, when a run ends, and when somebody wants to know. */
export function provideChanges({ sessionId, projectId, machine, online, timeline }: ChangesOf): Changes {
  const askMachine = useMachine()
  const connection = useConnectionStore()
  const projects = useProjectStore()
  const { answer: status, ask: refresh } = useAnswer(
    () => askMachine(projectId.value ?? '', 'git.status', { sessionId }),
    () => machine.value,
  )
  const worktree = computed(() => {
    const root = projectId.value === undefined ? undefined : projects.projects.get(projectId.value)?.path
    const { cwd } = timeline.value.effective
    return root !== undefined && cwd !== undefined && !isInside(root, cwd)
  })
  const branch = computed(() => {
    const known = status.value.name === 'answered' ? status.value.value : undefined
    return known?.repository === true ? known.branch : undefined
  })
  const changes: Changes = {
    status,
    refresh,
    diff: (path) => askMachine(projectId.value ?? '', 'git.diff', { sessionId, path }),
    worktree,
    branch,
  }

  watch(
    () => {
      const known = connection.connected && online.value && projectId.value !== undefined
      return known && timeline.value.runs.size > 0 ? momentOf(timeline.value) : undefined
    },
    (moment) => void (moment !== undefined && refresh()),
    { immediate: true },
  )
  provide(CHANGES, changes)
  return changes
}

export function useChanges(): Changes {
  const changes = inject(CHANGES)
  if (changes === undefined) throw new Error('useChanges is for components of a session page')
  return changes
}

/** Changes with each run that begins, because only then the worktree is there, and with each that ends. */
function momentOf({ items, effective }: Timeline): string {
  const end = items.findLast(
    (item) => item.type === 'run_end' || (item.type === 'notice' && item.notice.type === 'rewound'),
  )
  return `${end?.id ?? ''} ${effective.cwd ?? ''}`
}
