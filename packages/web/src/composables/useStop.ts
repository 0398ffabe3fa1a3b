import { activeRun, stoppableCommand, type Timeline } from '@farhand/shared'
import { computed, ref, type ComputedRef } from 'vue'
import { asFarhandError } from '../services/api.ts'
import { useNoticeStore } from '../stores/noticeStore.ts'
import { sessionTexts } from '../texts/session.ts'

export type Stop = {
  /** The command that a stop would be for. */
  stoppable: ComputedRef<string | undefined>
  /** Was it asked to stop? Only the log says that it has. */
  stopping: ComputedRef<boolean>
  /** A refusal is shown as a notice, and stop can be asked for again. */
  stop(): Promise<void>
}

/** Stop, answered where it is pressed: on a slow way the relay's word for it may take a second. */
export function useStop(timeline: () => Timeline, cancel: (commandId: string) => Promise<void>): Stop {
  const notices = useNoticeStore()
  const asked = ref<string>()
  const stoppable = computed(() => stoppableCommand(timeline()))
  const stopping = computed(
    () =>
      activeRun(timeline())?.state.name === 'stopping' ||
      (asked.value !== undefined && asked.value === stoppable.value),
  )

  async function stop(): Promise<void> {
    const commandId = stoppable.value
    if (commandId === undefined || stopping.value) return
    asked.value = commandId
    try {
      await cancel(commandId)
    } catch (error) {
      asked.value = undefined
      notices.show(sessionTexts.stopping.failed(asFarhandError(error).message))
    }
  }

  return { stoppable, stopping, stop }
}
