import {
  FarhandError,
  MAX_PAGE_ENTRIES,
  type AttachedFile,
  type CancelBody,
  type DecisionBody,
  type ExecuteCommand,
  type QueueBody,
  type RequestItem,
  type RevokeBody,
  type RewindBody,
  type SettingBody,
} from '@farhand/shared'
import { computed, onScopeDispose, ref, watch, type ComputedRef, type Ref } from 'vue'
import { newId } from '../services/ids.ts'
import { useConnectionStore } from '../stores/connectionStore.ts'
import { useOutboxStore } from '../stores/outboxStore.ts'
import { useProjectStore } from '../stores/projectStore.ts'
import { useTimelineStore, type SessionLog } from '../stores/timelineStore.ts'
import { pauseAfter } from './askAgain.ts'
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
  /** No page is under way, and none was refused just now: one may be asked for by itself. */
  mayAskEarlier: ComputedRef<boolean>
  loadEarlier(): Promise<void>
  /** Resolves when the message is kept on this device, or with the relay; rejects with QUEUE_FULL where too many wait. */
  send(projectId: string, text: string, more?: SentAlong): Promise<void>
  /** How many messages were sent from this page: what another tab sends is not this reader's doing. */
  sentHere: Ref<number>
  /** Rejects with the relay's refusal. A repeat of the same answer is the same input. */
  decide(request: RequestItem, decision: DecisionWish): Promise<void>
  /** With `force` where it did not stop when it was asked to. */
  cancel(commandId: string, how?: { force: true }): Promise<void>
  /** Changes what waits for its turn. `key`: of the entry that asks whether a held command is still wanted. */
  arrange(wish: QueueBody, key?: string): Promise<void>
  /** Another model, mode or effort, from the next request on. */
  change(setting: SettingBody): Promise<void>
  /** Goes back to before a message; what came of it is told by the log. */
  rewind(wish: RewindBody): Promise<void>
  /** Takes back what was allowed for a while. */
  revoke(wish: RevokeBody): Promise<void>
}

/** What goes with a message beside its text. `commandId`: for one that is the same command whoever sends it. */
export type SentAlong = Pick<ExecuteCommand, 'options' | 'workingDirectory'> & {
  commandId?: string
  /** What is shown of the files whose ids stand in `options`. */
  files?: AttachedFile[]
}

/** Pure. */
export function withFiles(along: SentAlong, files: AttachedFile[]): SentAlong {
  if (files.length === 0) return along
  return { ...along, files, options: { ...along.options, attachments: files.map(({ id }) => id) } }
}

/** A decision but for the request that it is about. */
export type DecisionWish = Pick<
  DecisionBody,
  'behavior' | 'scope' | 'rule' | 'forMs' | 'updatedInput' | 'answers' | 'message' | 'stop'
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
  /** Pages that came, and the pause after one that did not. */
  let earlierPages = 0
  const pausing = ref(false)
  let pause: ReturnType<typeof setTimeout> | undefined

  useReading(log)

  const canLoadEarlier = computed(() => log.from > 0 && connection.connected)
  const mayAskEarlier = computed(() => !loadingEarlier.value && !pausing.value)
  async function loadEarlier(): Promise<void> {
    if (loadingEarlier.value || log.from === 0) return
    loadingEarlier.value = true
    try {
      timeline.prepend(sessionId, await relay.ask('read', { sessionId, before: log.from + 1, limit: MAX_PAGE_ENTRIES }))
      earlierPages += 1
    } catch (error) {
      pauseQuietly(error)
      throw error
    } finally {
      loadingEarlier.value = false
    }
  }

  watch(() => log.timeline, forgetSent)
  watch(
    () => (needsEarlier(log, projects.oldestRequest(sessionId), earlierPages) && mayAskEarlier.value ? log.from : 0),
    (from) => void (from > 0 && loadQuietly()),
    { immediate: true },
  )

  function forgetSent(): void {
    for (const item of outbox.of(sessionId))
      if (log.timeline.runs.has(item.commandId)) void outbox.arrived(item.commandId)
  }

  async function loadQuietly(): Promise<void> {
    await loadEarlier().catch(() => undefined) // asked again after its pause
  }

  /** A person may ask again at once. */
  function pauseQuietly(error: unknown): void {
    clearTimeout(pause)
    pausing.value = true
    pause = setTimeout(() => (pausing.value = false), pauseAfter(error))
  }
  onScopeDispose(() => clearTimeout(pause))

  return { log, canLoadEarlier, loadingEarlier, mayAskEarlier, loadEarlier, ...inputsOf(sessionId) }
}

/** What a person can put into a session's log. */
function inputsOf(
  sessionId: string,
): Pick<Session, 'send' | 'sentHere' | 'decide' | 'cancel' | 'arrange' | 'change' | 'rewind' | 'revoke'> {
  const relay = useWebSocket()
  const outbox = useOutboxStore()
  const connection = useConnectionStore()
  const inputIds = new Map<string, string>()
  const sentHere = ref(0)

  /** The same input gets the same id, so that a repeat after a lost answer is recognised. */
  function inputIdOf(data: string): string {
    const inputId = inputIds.get(data) ?? newId()
    inputIds.set(data, inputId)
    return inputId
  }

  return {
    sentHere,
    send(projectId, text, more = {}) {
      const command = { commandId: newId(), sessionId, projectId, text, at: connection.relayNow(), ...more }
      const stored = outbox.add(command)
      if (outbox.find(command.commandId) !== undefined) sentHere.value += 1
      return stored
    },
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
    async cancel(commandId, how) {
      const data = JSON.stringify({ commandId, ...how } satisfies CancelBody)
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
    async revoke(wish) {
      const data = JSON.stringify(wish)
      await relay.ask('send_input', { type: 'send_input', sessionId, inputId: inputIdOf(data), kind: 'revoke', data })
    },
    async rewind(wish) {
      const input = { sessionId, inputId: newId(), kind: 'rewind' as const, data: JSON.stringify(wish) }
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
