import { createSharedComposable } from '@vueuse/core'
import { parseBody, type RequestBody } from '@farhand/shared'
import { onScopeDispose, shallowReactive, watchEffect } from 'vue'
import { pauseAfter } from '../../composables/askAgain.ts'
import { useWebSocket } from '../../composables/useWebSocket.ts'
import { useConnectionStore } from '../../stores/connectionStore.ts'
import { useProjectStore } from '../../stores/projectStore.ts'
import { useTimelineStore } from '../../stores/timelineStore.ts'
import { sidebarTexts } from '../../texts/shell.ts'
import { taskProgress } from '../task/taskProgress.ts'
import { mcpName } from '../tool/toolViews.ts'

const { reasons } = sidebarTexts
/** Lists show at most so many waiting sessions; more are not asked about. */
const MOST_ASKED = 20

/** Why sessions need somebody, and how far they are. The relay knows only that; the rest is read from their logs, once for all who say it. */
export const useReasons = createSharedComposable(readReasons)

function readReasons() {
  const relay = useWebSocket()
  const connection = useConnectionStore()
  const projects = useProjectStore()
  const timelines = useTimelineStore()
  /** By session and place of the request in its log. */
  const asked = shallowReactive(new Map<string, string>())
  const pauses = new Set<ReturnType<typeof setTimeout>>()

  watchEffect(() => {
    if (!connection.connected) return
    for (const { sessionId } of projects.waiting.slice(0, MOST_ASKED)) {
      const seq = projects.oldestRequest(sessionId)
      const id = `${sessionId}/${seq}`
      if (seq === undefined || asked.has(id)) continue
      asked.set(id, reasons.waiting)
      void look(sessionId, seq, id)
    }
  })

  /** A door: what can't be read now is asked for again after a pause. */
  async function look(sessionId: string, seq: number, id: string): Promise<void> {
    try {
      const { entries } = await relay.ask('read', { type: 'read', sessionId, after: seq - 1, limit: 1 })
      const [entry] = entries
      const parsed = entry?.seq === seq ? parseBody(entry.kind, entry.response) : undefined
      if (parsed?.kind === 'request') asked.set(id, reasonOf(parsed.body))
    } catch (error) {
      const pause = setTimeout(() => {
        pauses.delete(pause)
        asked.delete(id) // which lets it be asked for again, at once
      }, pauseAfter(error))
      pauses.add(pause)
    }
  }
  onScopeDispose(() => pauses.forEach(clearTimeout))

  return {
    asked: (sessionId: string) => asked.get(`${sessionId}/${projects.oldestRequest(sessionId)}`),
    /** Known of sessions that this page follows or has followed. */
    progress(sessionId: string): string {
      const log = timelines.logs.get(sessionId)
      return log?.phase === 'live' ? taskProgress(log.timeline.tasks) : ''
    },
  }
}

function reasonOf({ type, tool }: RequestBody): string {
  if (type === 'plan') return reasons.plan
  if (type === 'question') return reasons.answer
  return reasons.approval(mcpName(tool)?.name ?? tool)
}
