import { FarhandError, type Project, type ProjectUpdate } from '@farhand/shared'
import { inject, onScopeDispose, type InjectionKey } from 'vue'
import type { Device } from '../services/device.ts'
import { takeHeadStart, type HeadStart } from '../services/headStart.ts'
import type { KeptCommand } from '../services/outboxStorage.ts'
import type { Relay } from '../services/relay.ts'
import { useConnectionStore } from '../stores/connectionStore.ts'
import { useDeviceStore } from '../stores/deviceStore.ts'
import { useOutboxStore } from '../stores/outboxStore.ts'
import { usePresenceStore } from '../stores/presenceStore.ts'
import { useProjectStore } from '../stores/projectStore.ts'
import { useTimelineStore } from '../stores/timelineStore.ts'
import { wireDevice } from './wireDevice.ts'
import { wireLoss } from './wireLoss.ts'

/** How often the list of projects is asked for: a new one has no room yet that would tell of it. */
const PROJECTS_INTERVAL_MS = 10_000
/** While there is no project at all, somebody is about to start an agent and looks at this page. */
const FIRST_PROJECT_INTERVAL_MS = 2_000

export const RELAY: InjectionKey<Relay> = Symbol('relay')

/** The relay of this page, inside the shell that started it. */
export function useWebSocket(): Relay {
  const relay = inject(RELAY)
  if (relay === undefined) throw new Error('useWebSocket is for components inside the shell')
  return relay
}

/** The composition root: wires the link to the stores, and undoes it with the scope it is called in. */
export function startWebSocket({ relay, device }: HeadStart = takeHeadStart()): Relay {
  const undo = [
    wireConnection(relay),
    wireDevice(relay, device),
    wireProjects(relay),
    wireOutbox(relay, device),
    wireWaking(relay),
    () => relay.close(),
  ]
  onScopeDispose(() => undo.forEach((step) => step()))
  return relay
}

function wireConnection(relay: Relay): () => void {
  const connection = useConnectionStore()
  const undo = [
    relay.onStatus((status, welcome) => {
      connection.setLink(status, welcome)
      if (status.name === 'connected' && welcome !== undefined) connection.takeServerTime(welcome.serverTime)
    }),
    wireLoss(relay),
    relay.onRoundTrip(connection.addRoundTrip),
    relay.on('heads', ({ serverTime }) => connection.takeServerTime(serverTime)),
    relay.on('presence_update', usePresenceStore().apply),
    ...(['command_result', 'project_update', 'presence_update', 'heads'] as const).map((event) =>
      relay.on(event, connection.hear),
    ),
  ]
  return () => undo.forEach((step) => step())
}

function wireProjects(relay: Relay): () => void {
  const store = useProjectStore()
  const timeline = useTimelineStore()
  const device = useDeviceStore()
  let timer: ReturnType<typeof setTimeout> | undefined
  let watched = new Set<string>()
  let listed = false
  /** Grows with each change of the link, so that the round of an older connection ends with it. */
  let round = 0

  function update(news: ProjectUpdate): void {
    store.applyUpdate(news)
    if (news.session?.deleted !== true) return
    timeline.lose(news.session.sessionId)
    void device.dropTail(news.session.sessionId)
  }

  /** A door: what is refused now is asked again with the next round. */
  async function refresh(mine: number): Promise<void> {
    clearTimeout(timer)
    try {
      const { projects } = await relay.ask('list_projects', {})
      const lost = store.applyList(projects)
      store.listed = true
      // What this person may not see any more is neither shown nor kept.
      for (const sessionId of lost) timeline.lose(sessionId)
      if (lost.length > 0 || !listed) void device.keepProjects(new Set(projects.map(({ projectId }) => projectId)))
      listed = true
      const watching = Promise.all(projects.filter(({ projectId }) => !watched.has(projectId)).map(watch))
      await watching.finally(() => (store.told = true))
    } catch (error) {
      if (!(error instanceof FarhandError)) throw error
    }
    if (mine !== round) return
    timer = setTimeout(
      () => void refresh(mine),
      store.projects.size === 0 ? FIRST_PROJECT_INTERVAL_MS : PROJECTS_INTERVAL_MS,
    )
  }

  async function watch({ projectId }: Project): Promise<void> {
    watched.add(projectId)
    try {
      store.applySnapshot(await relay.ask('watch_project', { projectId }))
    } catch (error) {
      watched.delete(projectId)
      throw error
    }
  }

  const undo = [
    relay.on('project_update', update),
    relay.onStatus((status) => {
      clearTimeout(timer)
      watched = new Set()
      round += 1
      if (status.name === 'connected') void refresh(round)
    }),
  ]
  return () => {
    round += 1
    clearTimeout(timer)
    undo.forEach((step) => step())
  }
}

function wireOutbox(relay: Relay, opening: Promise<Device>): () => void {
  const outbox = useOutboxStore()
  let disconnect = (): void => {}
  let deaf = (): void => {}
  let closed = false
  let open = false

  function take(): void {
    disconnect()
    const connected = open && relay.status().name === 'connected' && !closed
    disconnect = connected ? outbox.connect((command) => sendCommand(relay, command)) : () => {}
  }

  void opening.then(async (device) => {
    deaf = await outbox.open(device)
    open = true
    if (closed) deaf()
    else take()
  })
  const undo = relay.onStatus(take)
  // A page that is put aside, to come back perhaps, holds nothing that others wait for.
  const putAside = (): void => disconnect()
  window.addEventListener('pagehide', putAside)
  window.addEventListener('pageshow', take)
  return () => {
    closed = true
    disconnect()
    deaf()
    undo()
    window.removeEventListener('pagehide', putAside)
    window.removeEventListener('pageshow', take)
  }
}

async function sendCommand(relay: Relay, command: KeptCommand): Promise<void> {
  const { commandId, sessionId, projectId, text, options, workingDirectory } = command
  await relay.ask('execute_command', {
    type: 'execute_command',
    commandId,
    sessionId,
    projectId,
    command: text,
    ...(options === undefined ? {} : { options }),
    ...(workingDirectory === undefined ? {} : { workingDirectory }),
  })
}

/** The events that make a sleeping page look at its link at once (CON3). */
function wireWaking(relay: Relay): () => void {
  const wake = (): void => relay.wake()
  const wakeWhenVisible = (): void => {
    if (document.visibilityState === 'visible') relay.wake()
  }
  window.addEventListener('online', wake)
  window.addEventListener('offline', wake)
  window.addEventListener('pageshow', wake)
  document.addEventListener('visibilitychange', wakeWhenVisible)
  return () => {
    window.removeEventListener('online', wake)
    window.removeEventListener('offline', wake)
    window.removeEventListener('pageshow', wake)
    document.removeEventListener('visibilitychange', wakeWhenVisible)
  }
}
