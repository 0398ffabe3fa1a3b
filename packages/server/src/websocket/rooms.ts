import {
  FarhandError,
  HEADS_INTERVAL_MS,
  MAX_PAGE_ENTRIES,
  projectRoom,
  sessionRoom,
  type Entry,
} from '@farhand/shared'
import type { Committed } from '../log/sessionLog.ts'
import { isSlow } from './backlog.ts'
import { finalHead, hear } from './finalDetail.ts'
import { sayGoodbye } from './goodbye.ts'
import type { BrowserServer, BrowserSocket } from './sockets.ts'
import { createPacing } from './pacing.ts'
import { createSubscriptions, type Detail, type Subscriptions } from './subscriptions.ts'

/** A reader that has taken nothing for so long is not coming back. */
const SLOW_LIMIT_MS = 30_000
const SLOW_CHECK_MS = 500

/** Who hears what. The only one that publishes entries. */
export type Rooms = {
  /** Before the page is read (SUB1). Throws RATE_LIMITED where the socket asked for too many. */
  join(socket: BrowserSocket, sessionId: string, detail: Detail): void
  /**
   * For whoever sent a command. What was subscribed before stays, else it is full. Never fails, because the command is on
   * disk: where there is no room, the session followed longest gives way, and where all was asked for, nothing is joined.
   */
  follow(socket: BrowserSocket, sessionId: string): void
  leave(socket: BrowserSocket, sessionId: string): void
  detailOf(socket: BrowserSocket, sessionId: string): Detail | undefined
  /** Everyone in a session, whatever the detail. */
  audience(sessionId: string): string[]
  watchProject(socket: BrowserSocket, projectId: string): void
  /** A head that was read, so that `heads` tells it before anything is published. */
  noteHead(sessionId: string, head: number): void
  publish(committed: Committed): void
  close(): void
}

type State = {
  io: BrowserServer
  clock: { now(): number }
  logEpoch: string
  /** What was published, and to how many. */
  onEmitted(readers: number, entries: readonly Entry[]): void
  subscriptions: Subscriptions
  slowSince: Map<BrowserSocket, number>
}

export function createRooms(options: Pick<State, 'io' | 'clock' | 'logEpoch' | 'onEmitted'>): Rooms {
  const state: State = { ...options, subscriptions: createSubscriptions(), slowSince: new Map() }
  const { subscriptions } = state
  const pace = createPacing() // thousands of readers are not told in one turn
  const headsTimer = setInterval(() => {
    for (const socket of subscriptions.sockets()) pace(() => sendHeads(state, socket))
  }, HEADS_INTERVAL_MS)
  const slowTimer = setInterval(() => checkSlow(state), SLOW_CHECK_MS)

  return {
    join: (socket, sessionId, detail) => join(state, socket, sessionId, detail),
    follow: (socket, sessionId) => follow(state, socket, sessionId),
    leave: (socket, sessionId) => leave(state, socket, sessionId),
    detailOf: (socket, sessionId) => subscriptions.of(socket).get(sessionId),
    audience: (sessionId) => [roomOf(sessionId, 'full'), roomOf(sessionId, 'final')],
    watchProject: (socket, projectId) => void socket.join(projectRoom(projectId)),
    noteHead: (sessionId, head) => {
      subscriptions.update(sessionId, { head: Math.max(head, subscriptions.heard(sessionId)?.head ?? 0) })
    },
    publish: (committed) => {
      for (const [sessionId, entries] of bySession(committed)) publishSession(state, sessionId, entries)
    },
    close: () => {
      clearInterval(headsTimer)
      clearInterval(slowTimer)
    },
  }
}

function join(state: State, socket: BrowserSocket, sessionId: string, wanted: Detail): void {
  const { subscriptions, slowSince } = state
  if (!socket.connected) return // it went away while something was awaited
  if (!subscriptions.knows(socket)) {
    socket.once('disconnect', () => {
      subscriptions.removeAll(socket)
      slowSince.delete(socket)
    })
  }
  const other = subscriptions.givingWay(socket, sessionId)
  if (typeof other === 'object') leave(state, socket, other.sessionId)
  const before = subscriptions.add(socket, sessionId, wanted)
  if (before !== undefined && before !== wanted) void socket.leave(roomOf(sessionId, before))
  void socket.join(roomOf(sessionId, wanted))
}

function follow(state: State, socket: BrowserSocket, sessionId: string): void {
  const { subscriptions } = state
  if (!socket.connected) return
  const detail = subscriptions.of(socket).get(sessionId)
  if (detail !== undefined) return void socket.join(roomOf(sessionId, detail)) // a slow one had left the room
  if (subscriptions.givingWay(socket, sessionId) === 'full') return
  join(state, socket, sessionId, 'full')
  subscriptions.follow(socket, sessionId)
}

function leave({ subscriptions }: State, socket: BrowserSocket, sessionId: string): void {
  const detail = subscriptions.of(socket).get(sessionId)
  if (detail === undefined) return
  subscriptions.remove(socket, sessionId)
  void socket.leave(roomOf(sessionId, detail))
}

function bySession({ outcomes }: Committed): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>()
  for (const outcome of outcomes) {
    if (outcome.verdict !== 'accepted') continue
    const group = groups.get(outcome.entry.sessionId)
    if (group === undefined) groups.set(outcome.entry.sessionId, [outcome.entry])
    else group.push(outcome.entry)
  }
  return groups
}

function publishSession(state: State, sessionId: string, entries: readonly Entry[]): void {
  const session = state.subscriptions.heard(sessionId)
  if (session === undefined) return
  const { heard, final } = hear(session, entries)
  state.subscriptions.update(sessionId, heard)
  emitTo(state, roomOf(sessionId, 'full'), entries)
  emitTo(state, roomOf(sessionId, 'final'), final)
}

function emitTo(state: State, room: string, entries: readonly Entry[]): void {
  const { adapter, sockets } = state.io.of('/')
  const members = adapter.rooms.get(room)
  if (members === undefined || entries.length === 0) return
  for (const id of [...members]) setAsideWhenSlow(state, sockets.get(id), room)
  state.onEmitted(members.size, entries)
  for (let start = 0; start < entries.length; start += MAX_PAGE_ENTRIES) {
    const part = entries.slice(start, start + MAX_PAGE_ENTRIES)
    const [only] = part
    state.io.to(room).emit('command_result', part.length === 1 && only !== undefined ? only : part)
  }
}

/**
 * SUB7: what a slow reader has not taken yet is not piled up here, it stays in the log. Once it has caught up it hears
 * the heads, sees that it missed something, and subscribes again from its cursor.
 */
function setAsideWhenSlow({ slowSince }: State, socket: BrowserSocket | undefined, room: string): void {
  if (socket === undefined || !isSlow(socket.conn)) return
  void socket.leave(room)
  if (!slowSince.has(socket)) slowSince.set(socket, performance.now())
}

function checkSlow(state: State): void {
  const { slowSince } = state
  for (const [socket, since] of slowSince) {
    if (!isSlow(socket.conn)) {
      slowSince.delete(socket)
      sendHeads(state, socket)
    } else if (performance.now() - since > SLOW_LIMIT_MS) {
      slowSince.delete(socket)
      sayGoodbye(socket, new FarhandError('SLOW_CONSUMER'))
      socket.conn.close(true) // what it did not read goes with it
    }
  }
}

/** SUB4: whoever missed the last entries of all sees it here. */
function sendHeads({ clock, logEpoch, subscriptions, slowSince }: State, socket: BrowserSocket): void {
  const mine = subscriptions.of(socket)
  if (mine.size === 0 || slowSince.has(socket)) return
  const heads: Record<string, number> = {}
  for (const [sessionId, detail] of mine) {
    const session = subscriptions.heard(sessionId)
    if (session !== undefined && session.head > 0) {
      heads[sessionId] = detail === 'final' ? finalHead(session) : session.head
    }
  }
  socket.emit('heads', { serverTime: clock.now(), logEpoch, heads })
}

function roomOf(sessionId: string, detail: Detail): string {
  return detail === 'full' ? sessionRoom(sessionId) : `${sessionRoom(sessionId)}:final`
}
