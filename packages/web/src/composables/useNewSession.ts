import { useRouter } from 'vue-router'
import { draftKey } from '../services/draftStorage.ts'
import { newId } from '../services/ids.ts'
import { useConnectionStore } from '../stores/connectionStore.ts'
import { useProjectStore } from '../stores/projectStore.ts'
import { PLAIN, writeBeginning, type Beginning } from './beginning.ts'

/** `text` is written into its message box, for a person to change and send. */
type Opening = { beginning?: Beginning; text?: string }

const BEGUN_KEY = 'farhand:begun:'

/**
 * Goes to an empty session of a project. Nothing is made yet: its first command opens it. One in which something was typed
 * and not sent is the one that is gone to again: there is no other way back to it.
 */
export function useNewSession() {
  const router = useRouter()
  const connection = useConnectionStore()
  const projects = useProjectStore()

  function idFor(projectId: string): string {
    const key = BEGUN_KEY + projectId
    const begun = readStored(key)
    const person = connection.personId
    const isUnsent = begun !== undefined && person !== undefined && readStored(draftKey(person, begun)) !== undefined
    if (isUnsent && !projects.sessions.has(begun)) return begun
    const sessionId = newId()
    store(key, sessionId)
    return sessionId
  }

  const place = (projectId: string, { beginning, text = '' }: Opening = {}) => ({
    name: 'session',
    params: { sessionId: beginning === undefined && text === '' ? idFor(projectId) : newId() },
    query: { project: projectId, ...writeBeginning(beginning ?? PLAIN) },
    state: { text },
  })
  return {
    start: (projectId: string, opening?: Opening) => void router.push(place(projectId, opening)),
    /** The same without a step back to where one was. */
    startInstead: (projectId: string) => void router.replace(place(projectId)),
  }
}

/** Storage that is switched off or full costs the way back to a draft, nothing else. */
function readStored(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined
  } catch {
    return undefined
  }
}

function store(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // see above
  }
}
