import {
  FarhandError,
  MAX_PAGE_ENTRIES,
  openSubscription,
  type DecisionBody,
  type RequestItem,
  type SessionSubscription,
} from '@farhand/shared'
import { computed, onScopeDispose, ref, watch, type ComputedRef, type Ref } from 'vue'
import { asFarhandError } from '../services/api.ts'
import { newId } from '../services/ids.ts'
import { useConnectionStore } from '../stores/connectionStore.ts'
import { useOutboxStore } from '../stores/outboxStore.ts'
import { useProjectStore } from '../stores/projectStore.ts'
import { useTimelineStore, type SessionLog } from '../stores/timelineStore.ts'
import { useWebSocket } from './useWebSocket.ts'

/** How much of a log is read at first; older pages come when somebody wants them. */
const FIRST_ENTRIES = 400
/** So many older pages are read by themselves to begin with the prompt of a finished run; a longer one begins inside. */
const PAGES_FOR_A_PROMPT = 3

export type Session = {
  log: SessionLog
  canLoadEarlier: ComputedRef<boolean>
  loadingEarlier: Ref<boolean>
  loadEarlier(): Promise<void>
  /** Resolves when the message is kept on this device. */
  send(projectId: string, text: string, opensSession: boolean): Promise<void>
  /** Rejects with the relay's refusal. A repeat of the same answer is the same input. */
  decide(request: RequestItem, decision: DecisionWish): Promise<void>
  cancel(commandId: string): Promise<void>
}

/** A decision but for the request that it is about. */
export type DecisionWish = Pick<DecisionBody, 'behavior' | 'scope' | 'answers' | 'message' | 'stop'>

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

  const subscription: SessionSubscription = openSubscription({
    sessionId,
    start: { tail: FIRST_ENTRIES },
    ...(log.resume === undefined ? {} : { resume: log.resume }),
    pageEntries: MAX_PAGE_ENTRIES,
    transport: {
      subscribe: (question) => relay.ask('subscribe', { type: 'subscribe', ...question }),
      read: (question) => relay.ask('read', { type: 'read', ...question }),
    },
    events: {
      onEntries: (entries) => timeline.append(sessionId, entries),
      onReset: (from) => timeline.reset(sessionId, from),
      onPhase({ phase }) {
        log.phase = phase
        if (phase === 'live') log.missing = false
        if (phase === 'live') log.refusal = undefined
        connection.setReadingUp(sessionId, phase === 'catching-up' && !log.missing)
      },
      onRefused(error) {
        log.refusal = asFarhandError(error)
        log.missing = log.refusal.code === 'NOT_FOUND'
        connection.setReadingUp(sessionId, !log.missing)
        return !log.missing
      },
    },
    schedule(later, ms) {
      const timer = setTimeout(later, ms)
      return () => clearTimeout(timer)
    },
  })

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

  const undo = [
    relay.on('command_result', (result) => {
      const entries = (Array.isArray(result) ? result : [result]).filter((entry) => entry.sessionId === sessionId)
      if (entries.length > 0) subscription.take(entries)
    }),
    relay.on('heads', subscription.heads),
    relay.onStatus((status) => (status.name === 'connected' ? subscription.connected() : subscription.disconnected())),
    // A session that did not exist until its first command was accepted, here or in another tab.
    watch(
      () =>
        log.missing && (projects.sessions.has(sessionId) || outbox.of(sessionId).some((item) => item.state === 'sent')),
      (exists) => exists && subscription.connected(),
    ),
    watch(() => log.timeline, forgetSent),
    watch(
      () =>
        needsEarlier(log, projects.oldestRequest(sessionId), earlierPages) && !loadingEarlier.value ? log.from : 0,
      (from) => void (from > 0 && loadQuietly()),
      { immediate: true },
    ),
  ]

  function forgetSent(): void {
    for (const item of outbox.of(sessionId))
      if (log.timeline.runs.has(item.commandId)) void outbox.remove(item.commandId)
  }

  async function loadQuietly(): Promise<void> {
    await loadEarlier().catch(() => undefined) // asked again when the log or the list of requests changes
  }

  onScopeDispose(() => {
    for (const step of undo) step()
    timeline.flush()
    const { cursor, logEpoch } = subscription.state()
    log.resume = cursor === undefined || logEpoch === undefined ? undefined : { cursor, logEpoch }
    log.phase = 'idle'
    subscription.close()
    connection.setReadingUp(sessionId, false)
    relay.ask('unsubscribe', { sessionId }).catch(() => undefined) // without a connection there is nothing to leave
  })

  return { log, canLoadEarlier, loadingEarlier, loadEarlier, ...inputsOf(sessionId) }
}

/** What a person can put into a session's log. */
function inputsOf(sessionId: string): Pick<Session, 'send' | 'decide' | 'cancel'> {
  const relay = useWebSocket()
  const outbox = useOutboxStore()
  const inputIds = new Map<string, string>()

  /** The same input gets the same id, so that a repeat after a lost answer is recognised. */
  function inputIdOf(data: string): string {
    const inputId = inputIds.get(data) ?? newId()
    inputIds.set(data, inputId)
    return inputId
  }

  return {
    send: (projectId, text, opensSession) =>
      outbox.add({ commandId: newId(), sessionId, projectId, text, opensSession, at: Date.now() }),
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
  return !positions.has(`end:${first.commandId}`) || earlierPages < PAGES_FOR_A_PROMPT
}

export function isRefusal(error: unknown, code: FarhandError['code']): boolean {
  return error instanceof FarhandError && error.code === code
}
