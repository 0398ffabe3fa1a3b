import { defineAsyncComponent, defineComponent, h } from 'vue'
import PageFailed from './PageFailed.vue'

const SessionPage = defineAsyncComponent({
  loader: () => import('./SessionPage.vue'),
  errorComponent: PageFailed,
})

/** A session's page, in the routes: they would wait until it is loaded, and with them the list beside it and the relay. */
export const SessionDoor = defineComponent({ name: 'SessionDoor', render: () => h(SessionPage) })
