import { useRouter } from 'vue-router'
import { readBegun, writeBegun, type BegunSession } from '../services/begunSession.ts'
import { hasDraft } from '../services/draftStorage.ts'
import { newId } from '../services/ids.ts'
import { useConnectionStore } from '../stores/connectionStore.ts'
import { useOutboxStore } from '../stores/outboxStore.ts'
import { useProjectStore } from '../stores/projectStore.ts'
import { writeBeginning, type Beginning } from './beginning.ts'

/** `text` is written into its message box, for a person to change and send. */
type Opening = { beginning?: Beginning; text?: string }

/**
 * Goes to an empty session of a project. Nothing is made yet: its first command opens it. One in which something was typed
 * and not sent is gone back to, unless another beginning is wished.
 */
export function useNewSession() {
  const router = useRouter()
  const connection = useConnectionStore()
  const projects = useProjectStore()
  const outbox = useOutboxStore()

  function unsent(projectId: string): BegunSession | undefined {
    const begun = readBegun(projectId)
    if (begun === undefined || connection.personId === undefined) return undefined
    const { sessionId } = begun
    if (projects.sessions.has(sessionId) || outbox.of(sessionId).length > 0) return undefined
    return hasDraft(connection.personId, sessionId) ? begun : undefined
  }

  function begin(projectId: string): BegunSession {
    const begun = { sessionId: newId(), query: {} }
    writeBegun(projectId, begun)
    return begun
  }

  function place(projectId: string, { beginning, text = '' }: Opening = {}) {
    const { sessionId, query } =
      beginning === undefined && text === ''
        ? (unsent(projectId) ?? begin(projectId))
        : { sessionId: newId(), query: beginning === undefined ? {} : writeBeginning(beginning) }
    return { name: 'session', params: { sessionId }, query: { project: projectId, ...query }, state: { text } }
  }

  return {
    start: (projectId: string, opening?: Opening) => void router.push(place(projectId, opening)),
    /** The same without a step back to where one was. */
    startInstead: (projectId: string) => void router.replace(place(projectId)),
  }
}
