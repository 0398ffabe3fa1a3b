import type { SessionSummary } from '@farhand/shared'
import { nextTick } from 'vue'
import { useConnectionStore } from '../stores/connectionStore.ts'
import { useProjectStore } from '../stores/projectStore.ts'

/** What the relay tells of session `s`, which is at work and has been read in part; `part` of it is different. */
export async function tellSession(part: Partial<SessionSummary>): Promise<void> {
  const session = {
    ...{ sessionId: 's', projectId: 'p', title: 'Fix it', head: 5, running: 1, attention: 0, readUpTo: 2 },
    ...{ archived: false, pinned: false, createdAt: 0, updatedAt: useConnectionStore().relayNow() },
    ...part,
  }
  useProjectStore().applyUpdate({ projectId: 'p', session })
  await nextTick()
}
