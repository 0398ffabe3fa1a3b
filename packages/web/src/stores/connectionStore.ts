import type { Welcome } from '@farhand/shared'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { relayOffset, steadyClock } from '../services/clock.ts'
import type { LinkStatus } from '../services/reconnect.ts'

/** How many round trips the median is taken of. */
const KEPT_ROUND_TRIPS = 20
/** And how many say how it is just now; fewer say nothing. */
const RECENT_ROUND_TRIPS = 3

/**
 * What the page shows of its connection. `checking`: its answer is overdue, or it has just been lost, which may be over
 * in a moment. `live`: connected, and everything that is open has been read to its head.
 */
export type ConnectionStatus =
  | Exclude<LinkStatus, { name: 'connected' }>
  | { name: 'checking' }
  | { name: 'catching-up'; since: number }
  | { name: 'live'; since: number }

export const useConnectionStore = defineStore('connection', () => {
  const link = shallowRef<LinkStatus>({ name: 'connecting', attempt: 1 })
  const welcome = shallowRef<Welcome>()
  const roundTrips = shallowRef<readonly number[]>([])
  /** Sessions that are being read up to their head. */
  const readingUp = ref(new Set<string>())

  /** Who is signed in here, or was when the relay could last be asked. */
  const personId = ref<string>()
  const offsetMs = ref<number>()

  /** See `checking`. */
  const unsure = ref(false)
  const status = computed<ConnectionStatus>(() => {
    if (unsure.value) return { name: 'checking' }
    if (link.value.name !== 'connected') return link.value
    return { name: readingUp.value.size > 0 ? 'catching-up' : 'live', since: link.value.since }
  })
  const connected = computed(() => link.value.name === 'connected')
  /** Gone for longer than a hand-over between networks takes. */
  const lost = computed(() => !connected.value && !unsure.value)
  /** Since when it is lost, on the steady clock. */
  const lostSince = ref<number>()
  watch(lost, (isLost) => (lostSince.value = isLost ? steadyClock.now() : undefined), {
    immediate: true,
    flush: 'sync',
  })
  /** When anything was last heard from the relay, on the steady clock. */
  const heardAt = ref<number>()
  const roundTripMs = computed(() => roundTrips.value.at(-1))
  const recentMs = computed(() =>
    roundTrips.value.length < RECENT_ROUND_TRIPS ? undefined : median(roundTrips.value.slice(-RECENT_ROUND_TRIPS)),
  )
  const medianMs = computed(() => median(roundTrips.value))

  function setLink(next: LinkStatus, greeting?: Welcome): void {
    link.value = next
    if (greeting === undefined) return
    welcome.value = greeting
    hear()
  }

  function takeServerTime(serverTime: number): void {
    offsetMs.value = relayOffset(offsetMs.value, serverTime, steadyClock.now())
  }

  /** The present time on the relay's clock, by which everything in a log is dated. This device's may be a day off. */
  function relayNow(): number {
    return Math.round(steadyClock.now() + (offsetMs.value ?? 0))
  }

  function hear(): void {
    heardAt.value = steadyClock.now()
  }

  function addRoundTrip(ms: number): void {
    hear()
    roundTrips.value = [...roundTrips.value, Math.round(ms)].slice(-KEPT_ROUND_TRIPS)
  }

  function setReadingUp(sessionId: string, reading: boolean): void {
    if (reading) readingUp.value.add(sessionId)
    else readingUp.value.delete(sessionId)
  }

  return {
    link,
    welcome,
    status,
    unsure,
    connected,
    lost,
    lostSince,
    heardAt,
    hear,
    roundTripMs,
    recentMs,
    medianMs,
    personId,
    setLink,
    takeServerTime,
    relayNow,
    addRoundTrip,
    setReadingUp,
  }
})

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}
