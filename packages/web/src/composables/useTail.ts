import { useEventListener } from '@vueuse/core'
import { onScopeDispose, watch } from 'vue'
import { useDeviceStore } from '../stores/deviceStore.ts'
import { useProjectStore } from '../stores/projectStore.ts'
import { useTimelineStore, type SessionLog } from '../stores/timelineStore.ts'

/** While a run writes without a pause. */
const SAVE_EVERY_MS = 1_500
/** Longer than this nobody waits for the device: the relay can be asked as well. */
const RESTORE_TIMEOUT_MS = 1_000

type Position = { cursor: number; logEpoch: string }

/** Keeps the tail of a session on this device, so that what was read is there without the relay. */
export function useTail(log: SessionLog, position: () => Position | undefined) {
  const device = useDeviceStore()
  const timeline = useTimelineStore()
  const projects = useProjectStore()
  const { sessionId } = log
  let timer: ReturnType<typeof setTimeout> | undefined
  let savedCursor = 0

  /** Shows what was kept, if this page holds nothing yet. `done` runs once, at once where there is nothing to wait for. */
  function restore(done: () => void): void {
    if (log.resume !== undefined || device.opening === undefined) return done()
    const late = new Promise<void>((resolve) => setTimeout(resolve, RESTORE_TIMEOUT_MS))
    void Promise.race([load(), late]).then(done)
  }

  async function load(): Promise<void> {
    const tail = await device.loadTail(sessionId)
    if (tail === undefined || tail.entries.length === 0 || log.phase !== 'idle' || log.timeline.cursor > 0) return
    timeline.reset(sessionId, tail.from)
    timeline.append(sessionId, tail.entries)
    timeline.flush()
    log.resume = { cursor: tail.cursor, logEpoch: tail.logEpoch }
    log.readAt = tail.readAt
    log.projectId = tail.projectId
    savedCursor = tail.cursor
  }

  function save(): void {
    clearTimeout(timer)
    timer = undefined
    const read = position()
    if (read === undefined || log.missing || log.readAt === undefined) return
    const { cursor, logEpoch } = read
    if (cursor === savedCursor) return
    savedCursor = cursor
    const projectId = projects.sessions.get(sessionId)?.projectId ?? log.projectId
    const { from, readAt } = log
    // A copy: the device may take seconds to open, and what is held goes on growing.
    const entries = timeline.held(sessionId).slice()
    void device.saveTail({ sessionId, projectId, logEpoch, from, cursor, readAt, entries })
  }

  /** The log was another one, or is not ours to see any more. */
  function drop(): void {
    savedCursor = 0
    void device.dropTail(sessionId)
  }

  watch(
    () => log.timeline,
    () => (timer ??= setTimeout(save, SAVE_EVERY_MS)),
  )
  useEventListener(window, 'pagehide', save)
  useEventListener(document, 'visibilitychange', save)
  onScopeDispose(save)
  return { restore, drop }
}
