import type { RequestBody } from '@farhand/shared'
import { watch } from 'vue'
import { requestTitle } from '../format/request.ts'
import { visible } from '../format/text.ts'
import { useAnnounceStore } from '../stores/announceStore.ts'
import type { SessionLog } from '../stores/timelineStore.ts'
import { askedTexts } from '../texts/requests.ts'

/** Reads out what changes in a conversation that a person would want to know: requests and ends, nothing that streams. */
export function useNarration(log: SessionLog): void {
  const announce = useAnnounceStore()
  const told = new Set<string>()

  watch(
    () => log.timeline.openRequests,
    (open) => {
      for (const item of open) {
        if (told.has(item.id)) continue
        told.add(item.id)
        announce.alert(askedText(item.request))
      }
    },
    { immediate: true },
  )

  watch(
    () => log.timeline.items.at(-1),
    (last) => {
      // What is read while catching up ended some time ago.
      if (last?.type !== 'run_end' || log.phase !== 'live' || told.has(last.id)) return
      told.add(last.id)
      announce.say(
        last.status === 'complete'
          ? 'Claude finished.'
          : `Run ended: ${last.body.error?.message ?? last.code ?? 'error'}`,
      )
    },
  )
}

function askedText(request: RequestBody): string {
  const { type } = request
  return type === 'permission' ? askedTexts.permission(visible(requestTitle(request))) : askedTexts[type]
}
