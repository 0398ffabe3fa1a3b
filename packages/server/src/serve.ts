import { randomUUID } from 'node:crypto'
import { projectRoom } from '@farhand/shared'
import type { Context } from './actions/context.ts'
import type { Delivery } from './agents/delivery.ts'
import type { Cluster } from './cluster/cluster.ts'
import type { Here } from './cluster/here.ts'
import { sayAgents } from './cluster/agentDirectory.ts'
import type { Streams } from './http/stream.ts'
import type { Logger } from './logger.ts'
import { codeLabel, type Meters } from './metrics/meters.ts'
import type { Push } from './push/push.ts'
import { startRetention } from './retention/housekeeping.ts'
import type { Tracing } from './tracing/tracing.ts'
import { createObservers } from './websocket/observers.ts'
import { createProjectUpdates } from './websocket/projectUpdates.ts'
import { createRooms, type Rooms } from './websocket/rooms.ts'
import { serveAgents, serveBrowsers, type Credentials } from './websocket/server.ts'
import type { AgentServer, BrowserServer } from './websocket/sockets.ts'

export type Serving = {
  browsers: BrowserServer
  agents: AgentServer
  /** The log with what hangs on it: who is here, and who is handed what. */
  core: { context: Context; delivery: Delivery; cluster: Cluster; tracing: Tracing | undefined }
  auth: Credentials
  streams: Streams
  logger: Logger
  clock: { now(): number }
  eventsPerSecond: number
  meters: Meters
  /** When the last packet of an agent came. */
  heardAt(agentId: string): number | undefined
  onEnded(credentialId: string): void
  /** How often the rules of what is deleted are looked at. */
  retentionEveryMs: number | undefined
  push: Push
}

type Audience = {
  rooms: Rooms
  observers: ReturnType<typeof createObservers>
  updates: ReturnType<typeof createProjectUpdates>
  isWatched(projectId: string): boolean
}

/**
 * The part of the composition root that wires the sockets to the log: what is committed goes to the rooms, to the people who
 * watch, and to the agents.
 */
export function serve(options: Serving): () => void {
  const { browsers, core, auth, logger, eventsPerSecond, meters } = options
  const { context, delivery, cluster } = core
  const { store, log, agents } = context
  const { logEpoch } = store
  const audience = createAudience(options)
  const { rooms, observers, updates, isWatched } = audience

  async function announceAgent(projectId: string): Promise<void> {
    const project = await store.project(projectId)
    if (project === undefined) return
    const agent = agents.presence(project, await store.agent(project.agentId))
    browsers.to(projectRoom(projectId)).emit('project_update', { projectId, agent })
  }

  const undo = [
    log.onCommitted(rooms.publish),
    log.onCommitted(updates.committed),
    log.onCommitted(delivery.committed),
    agents.onChange((projectIds, where) => {
      if (where === 'here') cluster.agentsChanged()
      for (const projectId of [...projectIds].filter(isWatched)) {
        announceAgent(projectId).catch((error: unknown) => logger.warn({ err: error }, 'presence could not be told'))
      }
    }),
    rooms.close,
    observers.close,
    updates.close,
    delivery.close,
  ]
  cluster.begin(hereOf(options, audience))
  const onSessionChanged = (session: Parameters<typeof updates.session>[0]): void => {
    updates.session(session)
    cluster.sessionChanged(session)
  }
  undo.push(options.push.begin(observers.inSight))
  undo.push(startRetention({ context, onSessionChanged, logger, lookEveryMs: options.retentionEveryMs }))
  const parts = {
    context,
    rooms: withNotes(rooms, cluster),
    observers,
    onSessionChanged,
    onProjectRead: updates.snapshotRead,
  }
  const refused = (kind: string) => (code: string) => meters.refused.inc({ kind, code: codeLabel(code) })
  const instance = randomUUID()
  const common = { credentials: auth, logger }
  serveBrowsers(browsers, { ...common, onRefused: refused('browser'), parts, logEpoch, instance, eventsPerSecond })
  serveAgents(options.agents, {
    ...common,
    onRefused: refused('agent'),
    parts: { context, delivery, logger, handOver: core.tracing?.handOver },
  })
  return () => {
    for (const stop of undo) stop()
  }
}

function createAudience({ browsers, core, clock, meters }: Serving): Audience {
  const { context, cluster } = core
  const rooms = createRooms({
    io: browsers,
    clock,
    logEpoch: context.store.logEpoch,
    onEmitted: (readers, entries) => {
      meters.entriesOut.inc(readers * entries.length)
      meters.bytesOut.inc(readers * entries.reduce((sum, entry) => sum + entry.response.length, 0))
    },
  })
  const observers = createObservers({
    clock,
    announce: (update) => browsers.to(rooms.audience(update.sessionId)).emit('presence_update', update),
    tell: cluster.watchedChanged,
    elsewhere: cluster.peopleElsewhere,
    everybodyElsewhere: cluster.everybodyElsewhere,
  })
  const isWatched = (projectId: string) => browsers.of('/').adapter.rooms.has(projectRoom(projectId))
  const updates = createProjectUpdates({
    emit: (update) => browsers.to(projectRoom(update.projectId)).emit('project_update', update),
    isWatched,
  })
  return { rooms, observers, updates, isWatched }
}

/** The cluster has to know how far whoever has just come has read. */
function withNotes(rooms: Rooms, cluster: Cluster): Rooms {
  return {
    ...rooms,
    noteHead: (sessionId, head) => {
      cluster.noteRead(sessionId, head)
      rooms.noteHead(sessionId, head)
    },
  }
}

/** What this relay does with what it hears of the others. */
function hereOf({ core, streams, clock, heardAt, onEnded }: Serving, audience: Audience): Here {
  const { rooms, observers, updates, isWatched } = audience
  const { agents } = core.context
  const isStreamed = (sessionId: string) => [...streams].some((stream) => stream.sessionId === sessionId)
  return {
    isRead: (sessionId) => rooms.isRead(sessionId) || isStreamed(sessionId),
    read: () => new Set([...rooms.read(), ...[...streams].map(({ sessionId }) => sessionId)]),
    isWatched,
    projectRead: updates.projectRead,
    connections: () => agents.here().map(({ connection }) => connection),
    sayAgents: () => sayAgents(agents.here(), clock.now(), heardAt),
    agentMoved: agents.movedElsewhere,
    handOver: core.delivery.look,
    watched: observers.here,
    peopleMoved: observers.changedElsewhere,
    sessionChanged: updates.session,
    ended: onEnded,
  }
}
