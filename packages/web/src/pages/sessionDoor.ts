import { defineAsyncComponent, defineComponent, h } from 'vue'
import PageFailed from './PageFailed.vue'

const loader = () => import('./SessionPage.vue')
const SessionPage = defineAsyncComponent({ loader, errorComponent: PageFailed })

// It is on its way while the shell is made. Where it does not come, the page says so.
if (location.pathname.startsWith('/s/')) loader().catch(() => undefined)

/** A session's page, in the routes: they would wait until it is loaded, and with them the list beside it and the relay. */
export const SessionDoor = defineComponent({ name: 'SessionDoor', render: () => h(SessionPage) })
