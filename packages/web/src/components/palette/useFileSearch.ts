import { computed, onScopeDispose, shallowRef, watch } from 'vue'
import { useMachine } from '../../composables/useMachine.ts'
import { tellRefusal } from '../../services/machine.ts'
import { paletteTexts as texts } from '../../texts/shell.ts'
import { fileQuery, type FoundFiles } from './results.ts'

const MOST_FILES = 12
/** Somebody types on meanwhile. */
const SEARCH_AFTER_MS = 120
/** What `files.search` takes. */
const LONGEST_QUERY = 200

const NONE: FoundFiles = { query: undefined, paths: [] }

/** The files of a project that fit what is typed, asked of its machine. `status`: why there are none yet. */
export function useFileSearch(
  text: () => string,
  at: { projectId: () => string | undefined; sessionId: () => string | undefined; machine: () => string },
) {
  const ask = useMachine()
  const found = shallowRef<FoundFiles>(NONE)
  const refusal = shallowRef('')
  const query = computed(() => fileQuery(text()))
  let asked = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  watch(
    query,
    (wanted) => {
      clearTimeout(timer)
      asked += 1
      refusal.value = ''
      if (wanted === undefined) found.value = NONE
      else timer = setTimeout(() => void search(wanted, asked), SEARCH_AFTER_MS)
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    clearTimeout(timer)
    asked = -1
  })

  /** A door: what can't be searched is said. Only the last question's answer counts. */
  async function search(wanted: string, mine: number): Promise<void> {
    const project = at.projectId()
    if (project === undefined) return
    const sessionId = at.sessionId()
    try {
      const question = { query: wanted.slice(0, LONGEST_QUERY), limit: MOST_FILES, ...(sessionId && { sessionId }) }
      const { files } = await ask(project, 'files.search', question)
      if (mine === asked) found.value = { query: wanted, paths: files.map(({ path }) => path) }
    } catch (reason) {
      if (mine === asked) refusal.value = tellRefusal(reason, at.machine())
    }
  }

  const pending = computed(() => query.value !== undefined && found.value.query !== query.value)
  const status = computed(() => refusal.value || (pending.value && at.projectId() !== undefined ? texts.searching : ''))
  return { found, status }
}
