import {
  MAX_PAGE_ENTRIES,
  openSubscription,
  resumeOf,
  type SessionSubscription,
  type Subscriber,
  type SubscriptionEvents,
} from '@farhand/shared'
import { onScopeDispose, watch } from 'vue'
import { asFarhandError } from '../services/api.ts'
import { useConnectionStore } from '../stores/connectionStore.ts'
import { useOutboxStore } from '../stores/outboxStore.ts'
import { useProjectStore } from '../stores/projectStore.ts'
import { useTimelineStore, type SessionLog } from '../stores/timelineStore.ts'
import { useQuality } from './useQuality.ts'
import { useTail } from './useTail.ts'
import { useWebSocket } from './useWebSocket.ts'

/** How much of a log is read at first; older pages come when somebody wants them. */
const FIRST_ENTRIES = 400
/** Whoever was away for more than this begins with the newest entries again, instead of reading on through all of them. */
const LEAP_ENTRIES = 4_000

/** Follows a session's log as long as the scope lives: from what this device keeps, then from the cursor on (SUB1). */
export function useReading(log: SessionLog): void {
  const { sessionId } = log
  const relay = useWebSocket()
  const timeline = useTimelineStore()
  const connection = useConnectionStore()
  const outbox = useOutboxStore()
  const projects = useProjectStore()
  let subscription: SessionSubscription | undefined
  const tail = useTail(log, () => subscription && resumeOf(subscription.state()))
  const quality = useQuality()

  function open(): SessionSubscription {
    return openSubscription({
      sessionId,
      start: { tail: FIRST_ENTRIES, leap: LEAP_ENTRIES },
      ...(log.resume === undefined ? {} : { resume: log.resume }),
      pageEntries: MAX_PAGE_ENTRIES,
      transport: {
        subscribe: (question) => relay.ask('subscribe', { type: 'subscribe', ...question }),
        read: (question) => relay.ask('read', { type: 'read', ...question }),
      },
      events: eventsOf({ log, tail, lose }),
      quality: quality.value,
      schedule,
    })
  }

  /** New, deleted, or not for this person any more: what was read of it is neither shown nor kept. */
  function lose(): void {
    subscription?.close()
    timeline.lose(sessionId)
    tail.drop()
    subscription = open()
  }

  const undo: (() => void)[] = []
  function start(): void {
    const opened = open()
    subscription = opened
    undo.push(
      relay.on('command_result', (result) => {
        const entries = (Array.isArray(result) ? result : [result]).filter((entry) => entry.sessionId === sessionId)
        if (entries.length > 0) subscription?.take(entries)
      }),
      relay.on('heads', (heads) => {
        if (log.phase === 'live') log.readAt = connection.relayNow()
        subscription?.heads(heads)
      }),
      relay.onStatus(({ name }) => (name === 'connected' ? subscription?.connected() : subscription?.disconnected())),
      watch(quality, (wanted) => subscription?.setQuality(wanted), { flush: 'sync' }),
      // A session that did not exist until its first command was accepted, here or in another tab.
      watch(
        () =>
          log.missing &&
          (projects.sessions.has(sessionId) || outbox.of(sessionId).some((item) => item.state === 'sent')),
        (exists) => exists && subscription?.connected(),
      ),
    )
  }

  let closed = false
  tail.restore(() => (closed ? undefined : start()))

  onScopeDispose(() => {
    closed = true
    for (const step of undo) step()
    log.phase = 'idle'
    if (subscription !== undefined) leaveOff(log, subscription.state(), timeline.rewind)
    timeline.flush()
    subscription?.close()
    connection.setReadingUp(sessionId, false)
    relay.ask('unsubscribe', { sessionId }).catch(() => undefined) // without a connection there is nothing to leave
  })
}

/** What becomes of what is read. */
function eventsOf(parts: { log: SessionLog; tail: ReturnType<typeof useTail>; lose(): void }): SubscriptionEvents {
  const { log, tail, lose } = parts
  const { sessionId } = log
  const timeline = useTimelineStore()
  const connection = useConnectionStore()
  return {
    onEntries: (entries) => timeline.append(sessionId, entries),
    onReset(from) {
      if (log.timeline.cursor > 0) tail.drop()
      timeline.reset(sessionId, from)
    },
    onRewind: (to) => timeline.rewind(sessionId, to),
    onPhase({ phase }) {
      if (phase === 'live') timeline.flush() // or an empty session would be seen until its lines are drawn
      log.phase = phase
      if (phase === 'live') {
        log.missing = false
        log.refusal = undefined
        log.readAt = connection.relayNow()
      }
      connection.setReadingUp(sessionId, phase === 'catching-up' && !log.missing)
    },
    onRefused(error) {
      log.refusal = asFarhandError(error)
      const gone = log.refusal.code === 'NOT_FOUND' || log.refusal.code === 'FORBIDDEN'
      if (gone) lose()
      connection.setReadingUp(sessionId, !gone)
      return !gone
    },
  }
}

/** Where whoever reads it next goes on. What a hidden page read without its deltas is read again then. */
function leaveOff(log: SessionLog, state: Subscriber, rewind: (sessionId: string, to: number) => void): void {
  log.resume = resumeOf(state)
  if (state.whole !== undefined) rewind(log.sessionId, state.whole)
}

function schedule(later: () => void, ms: number): () => void {
  const timer = setTimeout(later, ms)
  return () => clearTimeout(timer)
}
