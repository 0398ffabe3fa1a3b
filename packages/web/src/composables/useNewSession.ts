import { useRouter } from 'vue-router'
import { newId } from '../services/ids.ts'

/** Goes to an empty session of a project. Nothing is made yet: its first command opens it. */
export function useNewSession() {
  const router = useRouter()
  const place = (projectId: string) => ({
    name: 'session',
    params: { sessionId: newId() },
    query: { project: projectId },
  })
  return {
    start: (projectId: string) => void router.push(place(projectId)),
    /** The same without a step back to where one was. */
    startInstead: (projectId: string) => void router.replace(place(projectId)),
  }
}
