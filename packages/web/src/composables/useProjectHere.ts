import { computed } from 'vue'
import { useRoute } from 'vue-router'
import { useProjectStore } from '../stores/projectStore.ts'

/** The project that one looks at, else the first whose machine is there. Undefined: there is none. */
export function useProjectHere() {
  const route = useRoute()
  const projects = useProjectStore()
  return computed(() => {
    const here = projects.sessions.get(String(route.params['sessionId']))?.projectId ?? route.query['project']
    const any = projects.groups.find(({ agent }) => agent?.online) ?? projects.groups[0]
    return typeof here === 'string' ? here : any?.project.projectId
  })
}
