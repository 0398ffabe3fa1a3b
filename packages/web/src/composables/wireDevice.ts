import { watchDebounced } from '@vueuse/core'
import type { Device } from '../services/device.ts'
import { recallPerson, rememberPerson } from '../services/person.ts'
import type { Relay } from '../services/relay.ts'
import { useConnectionStore } from '../stores/connectionStore.ts'
import { useDeviceStore } from '../stores/deviceStore.ts'
import { useNoticeStore } from '../stores/noticeStore.ts'
import { useProjectStore } from '../stores/projectStore.ts'
import { useTimelineStore } from '../stores/timelineStore.ts'

const SAVE_LISTS_AFTER_MS = 1_000
/** While a run writes without a pause, its session changes all the time. */
const SAVE_LISTS_AT_LEAST_EVERY_MS = 10_000
/** The sessions that are listed without the relay. */
const KEPT_SESSIONS = 200
const NOT_DURABLE = 'This browser keeps nothing after closing: what is not sent then is lost.'

/** Ties what this device keeps to the person who is signed in. */
export function wireDevice(relay: Relay, opening: Promise<Device>, reload = () => location.reload()): () => void {
  const connection = useConnectionStore()
  const device = useDeviceStore()
  const notices = useNoticeStore()
  const projects = useProjectStore()
  const timeline = useTimelineStore()
  let closed = false
  connection.personId = recallPerson()
  device.expect(opening)
  void opening.then((opened) => {
    if (closed) opened.close()
    else if (!opened.durable) notices.showOnce('storage', NOT_DURABLE)
  })
  void device.loadLists().then((lists) => lists !== undefined && projects.restore(lists.projects, lists.sessions))

  const undo = [
    relay.onStatus(({ name }, welcome) => {
      if (name === 'signed-out') void forget()
      if (name === 'connected' && welcome !== undefined) welcomePerson(welcome.user.id)
    }),
    watchDebounced(
      () => [...projects.sessions.values()].map((session) => [session.sessionId, session.updatedAt, session.title]),
      saveLists,
      { debounce: SAVE_LISTS_AFTER_MS, maxWait: SAVE_LISTS_AT_LEAST_EVERY_MS },
    ),
  ]

  function welcomePerson(personId: string): void {
    const before = connection.personId
    connection.personId = personId
    rememberPerson(personId)
    // Somebody else signed in with this browser, in another tab: nothing of what this one holds is for them.
    if (before !== undefined && before !== personId) void opening.then((opened) => opened.tails.erase()).finally(reload)
  }

  async function saveLists(): Promise<void> {
    if (!connection.connected) return // told by the relay, or not worth keeping
    const sessions = [...projects.sessions.values()].toSorted((a, b) => b.updatedAt - a.updatedAt)
    await device.saveLists({ projects: [...projects.projects.values()], sessions: sessions.slice(0, KEPT_SESSIONS) })
  }

  async function forget(): Promise<void> {
    await device.signOut()
    projects.clear()
    timeline.clear()
  }

  return () => {
    closed = true
    undo.forEach((step) => step())
    void opening.then((opened) => opened.close())
  }
}
