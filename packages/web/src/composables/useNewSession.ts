import { useRouter } from 'vue-router'
import { newId } from '../services/ids.ts'
import { PLAIN, writeBeginning, type Beginning } from './beginning.ts'

/** `text` is written into its message box, for a person to change and send. */
type Opening = { beginning?: Beginning; text?: string }

/** Goes to an empty session of a project. Nothing is made yet: its first command opens it. */
export function useNewSession() {
  const router = useRouter()
  const place = (projectId: string, { beginning = PLAIN, text = '' }: Opening = {}) => ({
    name: 'session',
    params: { sessionId: newId() },
    query: { project: projectId, ...writeBeginning(beginning) },
    state: { text },
  })
  return {
    start: (projectId: string, opening?: Opening) => void router.push(place(projectId, opening)),
    /** The same without a step back to where one was. */
    startInstead: (projectId: string) => void router.replace(place(projectId)),
  }
}
