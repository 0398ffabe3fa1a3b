import {
  FarhandError,
  MAX_PAGE_ENTRIES,
  type DecisionBody,
  type QueueBody,
  type RequestItem,
  type SettingBody,
} from '@farhand/shared'
import { computed, ref, watch, type ComputedRef, type Ref } from 'vue'
import { newId } from '../services/ids.ts'
import { useConnectionStore } from '../stores/connectionStore.ts'
import { useOutboxStore } from '../stores/outboxStore.ts'
import { useProjectStore } from '../stores/projectStore.ts'
import { useTimelineStore, type SessionLog } from '../stores/timelineStore.ts'
import { useReading } from './useReading.ts'
import { useWebSocket } from './useWebSocket.ts'

/** So many older pages are read by themselves to begin with the prompt of a finished run; a longer one begins inside. */
const PAGES_FOR_A_PROMPT = 3
/** And so many to begin a run that still goes on: what it says just now has begun within that. */
const PAGES_FOR_A_RUN = 20

export type Session = {
  log: SessionLog
  canLoadEarlier: ComputedRef<boolean>
  loadingEarlier: Ref<boolean>
  loadEarlier(): Promise<void>
  /** Resolves when the message is kept on this device, or with the relay; rejects with QUEUE_FULL where too many wait. */
  send(projectId: string, text: string, opensSession: boolean): Promise<void>
  /** Rejects with the relay's refusal. A repeat of the same answer is the same input. */
  decide(request: RequestItem, decision: DecisionWish): Promise<void>
  cancel(commandId: string): Promise<void>
  /** Changes what waits for its turn. `key`: of the entry that asks whether a held command is still wanted. */
  arrange(wish: QueueBody, key?: string): Promise<void>
  /** Another model, mode or effort, from the next request on. */
  change(setting: SettingBody): Promise<void>
}

/** A decision but for the request that it is about. */
export type DecisionWish = Pick<
  DecisionBody,
  'behavior' | 'scope' | 'rule' | 'updatedInput' | 'answers' | 'message' | 'stop'
>

/** Ties the life of a page to a session's subscription. */
export function useSession(sessionId: string): Session {
  const relay = useWebSocket()
  const timeline = useTimelineStore()
  const connection = useConnectionStore()
  const outbox = useOutboxStore()
  const projects = useProjectStore()
  const log = timeline.open(sessionId)
  const loadingEarlier = ref(false)
  let earlierPages = 0

  useReading(log)

  const canLoadEarlier = computed(() => log.from > 0 && connection.connected)
  async function loadEarlier(): Promise<void> {
    if (loadingEarlier.value || log.from === 0) return
    loadingEarlier.value = true
    earlierPages += 1
    try {
      timeline.prepend(sessionId, await relay.ask('read', { sessionId, before: log.from + 1, limit: MAX_PAGE_ENTRIES }))
    } finally {
      loadingEarlier.value = false
    }
  }

  watch(() => log.timeline, forgetSent)
  watch(
    () => (needsEarlier(log, projects.oldestRequest(sessionId), earlierPages) && !loadingEarlier.value ? log.from : 0),
    (from) => void (from > 0 && loadQuietly()),
    { immediate: true },
  )

  function forgetSent(): void {
    for (const item of outbox.of(sessionId))
      if (log.timeline.runs.has(item.commandId)) void outbox.arrived(item.commandId)
  }

  async function loadQuietly(): Promise<void> {
    await loadEarlier().catch(() => undefined) // asked again when the log or the list of requests changes
  }

  return { log, canLoadEarlier, loadingEarlier, loadEarlier, ...inputsOf(sessionId) }
}

/** What a person can put into a session's log. */
function inputsOf(sessionId: string): Pick<Session, 'send' | 'decide' | 'cancel' | 'arrange' | 'change'> {
  const relay = useWebSocket()
  const outbox = useOutboxStore()
  const connection = useConnectionStore()
  const inputIds = new Map<string, string>()

  /** The same input gets the same id, so that a repeat after a lost answer is recognised. */
  function inputIdOf(data: string): string {
    const inputId = inputIds.get(data) ?? newId()
    inputIds.set(data, inputId)
    return inputId
  }

  return {
    send: (projectId, text, opensSession) =>
      outbox.add({ commandId: newId(), sessionId, projectId, text, opensSession, at: connection.relayNow() }),
    async decide({ requestId, digest }, wish) {
      const data = JSON.stringify({ requestId, digest, ...wish } satisfies DecisionBody)
      const inputId = inputIdOf(data)
      await relay.ask('send_input', {
        type: 'send_input',
        sessionId,
        inputId,
        kind: 'decision',
        data,
        key: requestId,
        digest,
      })
    },
    async cancel(commandId) {
      const data = JSON.stringify({ commandId })
      const inputId = inputIdOf(data)
      await relay.ask('send_input', { type: 'send_input', sessionId, inputId, kind: 'cancel', data, key: commandId })
    },
    // The same wish may be meant again later, so each has an id of its own.
    async arrange(wish, key) {
      const input = { sessionId, inputId: newId(), kind: 'queue' as const, data: JSON.stringify(wish) }
      await relay.ask('send_input', { type: 'send_input', ...input, ...(key === undefined ? {} : { key }) })
    },
    async change(setting) {
      const input = { sessionId, inputId: newId(), kind: 'setting' as const, data: JSON.stringify(setting) }
      await relay.ask('send_input', { type: 'send_input', ...input })
    },
  }
}

/**
 * Is something before what was read needed to show what was? An open request has to be seen to be answered. A run that
 * still goes on is read from its command, because its text is pieced together from the first piece on; a finished one
 * too, so that an answer stands under its prompt, but not at the cost of more than a few pages.
 */
export function needsEarlier(
  log: Pick<SessionLog, 'phase' | 'from' | 'timeline'>,
  oldestRequest: number | undefined,
  earlierPages: number,
): boolean {
  if (log.phase !== 'live' || log.from === 0) return false
  if (oldestRequest !== undefined && oldestRequest <= log.from) return true
  const { items, positions } = log.timeline
  const [first] = items
  if (first === undefined || positions.has(first.commandId)) return false
  return earlierPages < (positions.has(`end:${first.commandId}`) ? PAGES_FOR_A_PROMPT : PAGES_FOR_A_RUN)
}

export function isRefusal(error: unknown, code: FarhandError['code']): boolean {
  return error instanceof FarhandError && error.code === code
}
