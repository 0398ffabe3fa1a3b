import {
  FarhandError,
  askAgentSchema,
  detailOf,
  executeCommandSchema,
  listProjectsSchema,
  presenceSchema,
  probeSchema,
  qualityOf,
  readSchema,
  sendInputSchema,
  subscribeSchema,
  unsubscribeSchema,
  updateSessionSchema,
  watchProjectSchema,
  type BrowserToServer,
  type ProjectSnapshot,
  type SessionSummary,
} from '@farhand/shared'
import { noSession, requireProject, type Context } from '../actions/context.ts'
import { askAgent, updateSession } from '../actions/changing.ts'
import { executeCommand, sendInput } from '../actions/commands.ts'
import { listProjects, readPage, readProject, readSubscription } from '../actions/reading.ts'
import { isSlow } from './backlog.ts'
import { handle, type EventHandler } from './dispatcher.ts'
import type { Observers } from './observers.ts'
import type { Rooms } from './rooms.ts'
import type { BrowserSocket } from './sockets.ts'

export type BrowserParts = {
  context: Context
  rooms: Rooms
  observers: Observers
  onSessionChanged: (session: SessionSummary) => void
  /** Somebody who has just come was told this. */
  onProjectRead: (snapshot: ProjectSnapshot) => void
}

/** Made once: to make a schema takes longer than to look at what was said with it. */
const LIST_PROJECTS = listProjectsSchema.optional()
const PROBE = probeSchema.optional()

/** What a browser or client may say. Each: parse → authorise → act; the guard acknowledges. */
export function browserHandlers(socket: BrowserSocket, parts: BrowserParts): Map<string, EventHandler> {
  const { context, rooms, observers } = parts
  const { principal } = socket.data
  const who = { author: principal }

  const table = {
    execute_command: handle(executeCommandSchema, async (said) => {
      const accepted = await executeCommand(context, who, said)
      // In the same turn as the commit, hence before the entry is published: a bare client sees its whole run.
      rooms.follow(socket, accepted.sessionId)
      return accepted
    }),
    send_input: handle(sendInputSchema, (said) => sendInput(context, who, said)),
    subscribe: handle(subscribeSchema, async (asked) => {
      refuseSlow(socket)
      const before = rooms.qualityOf(socket, asked.sessionId)
      // Before anything is waited for: an `unsubscribe` that was sent right behind it has to find it.
      rooms.join(socket, asked.sessionId, qualityOf(asked))
      try {
        const answer = await readSubscription(context, who, asked)
        rooms.noteHead(asked.sessionId, answer.head)
        return answer
      } catch (error) {
        if (before === undefined) rooms.leave(socket, asked.sessionId)
        throw error
      }
    }),
    read: handle(readSchema, async (asked) => {
      refuseSlow(socket)
      return await readPage(context, who, asked, detailOf(rooms.qualityOf(socket, asked.sessionId) ?? 'every'))
    }),
    unsubscribe: handle(unsubscribeSchema, ({ sessionId }) => {
      rooms.leave(socket, sessionId)
      observers.leave(sessionId, socket.id)
    }),
    watch_project: handle(watchProjectSchema, async ({ projectId }) => {
      const project = await requireProject(context, who, projectId)
      rooms.watchProject(socket, projectId)
      const snapshot = await readProject(context, project)
      parts.onProjectRead(snapshot)
      return snapshot
    }),
    list_projects: handle(LIST_PROJECTS, () => listProjects(context, who)),
    ask_agent: handle(askAgentSchema, (asked) => askAgent(context, who, asked)),
    update_session: handle(updateSessionSchema, async (asked) => {
      const session = await updateSession(context, who, asked)
      // In a later turn, as a commit is published: what was committed before this change is told before it.
      setImmediate(() => parts.onSessionChanged(session))
    }),
    presence: handle(presenceSchema, ({ sessionId, ...standing }) => {
      if (rooms.qualityOf(socket, sessionId) === undefined) throw noSession()
      observers.set(sessionId, socket.id, principal, standing)
    }),
    probe: handle(PROBE, () => ({ serverTime: context.clock.now() })),
  } satisfies Record<keyof BrowserToServer, EventHandler>

  return new Map(Object.entries(table))
}

/** SUB7: whoever has not taken what was sent gets nothing more on top. */
function refuseSlow(socket: BrowserSocket): void {
  if (isSlow(socket.conn)) throw new FarhandError('SLOW_CONSUMER')
}
