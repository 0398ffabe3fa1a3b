import { useRouter } from 'vue-router'
import { asFarhandError, logout } from '../services/api.ts'
import { openPush, type Push } from '../services/push.ts'
import { useDeviceStore } from '../stores/deviceStore.ts'
import { useNoticeStore } from '../stores/noticeStore.ts'
import { useProjectStore } from '../stores/projectStore.ts'
import { useTimelineStore } from '../stores/timelineStore.ts'

/** Ends the login here and forgets what was read. Drafts and unsent messages stay on this device. */
export function useSignOut(push: Pick<Push, 'forget'> = openPush()): () => Promise<void> {
  const router = useRouter()
  const projects = useProjectStore()
  const timeline = useTimelineStore()
  const notices = useNoticeStore()
  const device = useDeviceStore()

  return async () => {
    try {
      await logout()
    } catch (error) {
      return notices.show(`You are still signed in: ${asFarhandError(error).message}`)
    }
    await Promise.allSettled([device.signOut(), push.forget()])
    await router.push({ name: 'login' })
    projects.clear()
    timeline.clear()
  }
}
