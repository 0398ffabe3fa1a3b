import {
  FarhandError,
  HEADS_INTERVAL_MS,
  MAX_PAGE_ENTRIES,
  projectRoom,
  sessionRoom,
  type Entry,
  type Quality,
} from '@farhand/shared'
import type { Committed } from '../log/sessionLog.ts'
import { isSlow, unreadBytes } from './backlog.ts'
import { finalHead, hear } from './finalDetail.ts'
import { tellAll } from './frames.ts'
import { createGathering, type Gathering } from './gathering.ts'
import { sayGoodbye } from './goodbye.ts'
import { createLowering, type Lowering } from './lowering.ts'
import type { BrowserServer, BrowserSocket } from './sockets.ts'
import { createPacing } from './pacing.ts'
import { createSubscriptions, type Heard, type Subscriptions } from './subscriptions.ts'

/** A reader that has taken nothing for so long is not coming back. */
const SLOW_LIMIT_MS = 30_000
const SLOW_CHECK_MS = 500

/** Who hears what. The only one that publishes entries. */
export type Rooms = {
  /** Before the page is read (SUB1). Throws RATE_LIMITED where the socket asked for too many. */
  join(socket: BrowserSocket, sessionId: string, quality: Quality): void
  /**
   * For whoever sent a command. What was subscribed before stays, else it is everything. Never fails, because the command is on
   * disk: where there is no room, the session followed longest gives way, and where all was asked for, nothing is joined.
   */
  follow(socket: BrowserSocket, sessionId: string): void
  leave(socket: BrowserSocket, sessionId: string): void
  /** As it was asked for. */
  qualityOf(socket: BrowserSocket, sessionId: string): Quality | undefined
  /** Everyone in a session, whatever the quality. */
  audience(sessionId: string): string[]
  watchProject(socket: BrowserSocket, projectId: string): void
  isRead(sessionId: string): boolean
  /** The sessions that anybody reads. */
  read(): Iterable<string>
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
  gathering: Gathering
  lowering: Lowering<BrowserSocket>
  slowSince: Map<BrowserSocket, number>
}

export function createRooms(options: Pick<State, 'io' | 'clock' | 'logEpoch' | 'onEmitted'>): Rooms {
  const subscriptions = createSubscriptions()
  const gathering = createGathering((sessionId, entries) => emitTo(state, roomOf(sessionId, 'gathered'), entries))
  const lowering = createLowering<BrowserSocket>()
  const state: State = { ...options, subscriptions, gathering, lowering, slowSince: new Map() }
  const pace = createPacing() // thousands of readers are not told in one turn
  const headsTimer = setInterval(() => {
    for (const socket of subscriptions.sockets()) pace(() => sendHeads(state, socket))
  }, HEADS_INTERVAL_MS)
  const slowTimer = setInterval(() => {
    checkSlow(state)
    raise(state)
  }, SLOW_CHECK_MS)

  return {
    join: (socket, sessionId, quality) => join(state, socket, sessionId, quality),
    follow: (socket, sessionId) => follow(state, socket, sessionId),
    leave: (socket, sessionId) => leave(state, socket, sessionId),
    qualityOf: (socket, sessionId) => subscriptions.of(socket).get(sessionId),
    audience: (sessionId) => QUALITIES.map((quality) => roomOf(sessionId, quality)),
    watchProject: (socket, projectId) => void socket.join(projectRoom(projectId)),
    isRead: (sessionId) => subscriptions.heard(sessionId) !== undefined,
    read: () => subscriptions.sessions(),
    noteHead: (sessionId, head) => {
      subscriptions.update(sessionId, { head: Math.max(head, subscriptions.heard(sessionId)?.head ?? 0) })
    },
    publish: (committed) => {
      for (const [sessionId, entries] of bySession(committed)) publishSession(state, sessionId, entries)
    },
    close: () => {
      clearInterval(headsTimer)
      clearInterval(slowTimer)
      gathering.close()
    },
  }
}

function join(state: State, socket: BrowserSocket, sessionId: string, wanted: Quality): void {
  const { subscriptions, slowSince, lowering } = state
  if (!socket.connected) return // it went away while something was awaited
  if (!subscriptions.knows(socket)) {
    socket.once('disconnect', () => {
      subscriptions.removeAll(socket)
      slowSince.delete(socket)
      lowering.forget(socket)
    })
  }
  const other = subscriptions.givingWay(socket, sessionId)
  if (typeof other === 'object') leave(state, socket, other.sessionId)
  const before = subscriptions.add(socket, sessionId, wanted)
  if (before !== undefined && before !== wanted) void socket.leave(roomOf(sessionId, given(state, socket, before)))
  void socket.join(roomOf(sessionId, given(state, socket, wanted)))
}

function follow(state: State, socket: BrowserSocket, sessionId: string): void {
  const { subscriptions } = state
  if (!socket.connected) return
  const quality = subscriptions.of(socket).get(sessionId)
  // A slow one had left the room.
  if (quality !== undefined) return void socket.join(roomOf(sessionId, given(state, socket, quality)))
  if (subscriptions.givingWay(socket, sessionId) === 'full') return
  join(state, socket, sessionId, 'every')
  subscriptions.follow(socket, sessionId)
}

function leave(state: State, socket: BrowserSocket, sessionId: string): void {
  const quality = state.subscriptions.of(socket).get(sessionId)
  if (quality === undefined) return
  state.subscriptions.remove(socket, sessionId)
  void socket.leave(roomOf(sessionId, given(state, socket, quality)))
}

/** What a reader gets who asked for this: less of it while its link is behind. */
function given({ lowering }: State, socket: BrowserSocket, asked: Quality): Quality {
  return asked === 'every' && lowering.isLowered(socket) ? 'gathered' : asked
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
  lowerWhoIsBehind(state, sessionId)
  emitTo(state, roomOf(sessionId, 'every'), entries)
  emitTo(state, roomOf(sessionId, 'records'), final)
  if (membersOf(state, roomOf(sessionId, 'gathered')).length > 0) state.gathering.take(sessionId, entries)
}

function membersOf({ io }: Pick<State, 'io'>, room: string): BrowserSocket[] {
  const { adapter, sockets } = io.of('/')
  const members: BrowserSocket[] = []
  for (const id of adapter.rooms.get(room) ?? []) {
    const socket = sockets.get(id)
    if (socket !== undefined) members.push(socket)
  }
  return members
}

function emitTo(state: State, room: string, entries: readonly Entry[]): void {
  if (entries.length === 0) return
  const readers = membersOf(state, room).filter((socket) => !isSetAside(state, socket, room))
  if (readers.length === 0) return
  const connections = readers.map(({ conn }) => conn)
  state.onEmitted(readers.length, entries)
  for (let start = 0; start < entries.length; start += MAX_PAGE_ENTRIES) {
    const part = entries.slice(start, start + MAX_PAGE_ENTRIES)
    const [only] = part
    tellAll(connections, 'command_result', part.length === 1 && only !== undefined ? only : part)
  }
}

/**
 * SUB9: between two publications a reader can change from one room to the other without a gap. What was gathered it has,
 * so that is said to the others before it comes, and what is published next it gets there.
 */
function lowerWhoIsBehind({ subscriptions, lowering, gathering, io }: State, sessionId: string): void {
  const now = performance.now()
  for (const socket of membersOf({ io }, roomOf(sessionId, 'every'))) {
    if (lowering.look(socket, unreadBytes(socket.conn), now))
      change(socket, 'every', 'gathered', { subscriptions, gathering })
  }
}

/** … and back, once it has got what was gathered. */
function raise({ subscriptions, lowering, gathering }: State): void {
  for (const socket of lowering.raise(({ conn }) => unreadBytes(conn), performance.now())) {
    change(socket, 'gathered', 'every', { subscriptions, gathering })
  }
}

function change(
  socket: BrowserSocket,
  from: Quality,
  to: Quality,
  { subscriptions, gathering }: Pick<State, 'subscriptions' | 'gathering'>,
): void {
  for (const [sessionId, asked] of subscriptions.of(socket)) {
    if (asked !== 'every' || !socket.rooms.has(roomOf(sessionId, from))) continue
    gathering.flush(sessionId)
    void socket.leave(roomOf(sessionId, from))
    void socket.join(roomOf(sessionId, to))
  }
}

/**
 * SUB7: what a slow reader has not taken yet is not piled up here, it stays in the log. Once it has caught up it hears
 * the heads, sees that it missed something, and subscribes again from its cursor.
 */
function isSetAside({ slowSince }: State, socket: BrowserSocket, room: string): boolean {
  if (!isSlow(socket.conn)) return false
  void socket.leave(room)
  if (!slowSince.has(socket)) slowSince.set(socket, performance.now())
  return true
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
function sendHeads(state: State, socket: BrowserSocket): void {
  const { clock, logEpoch, subscriptions, slowSince } = state
  const mine = subscriptions.of(socket)
  if (mine.size === 0 || slowSince.has(socket)) return
  const heads: Record<string, number> = {}
  for (const [sessionId, asked] of mine) {
    const session = subscriptions.heard(sessionId)
    if (session !== undefined && session.head > 0)
      heads[sessionId] = headFor(state, session, sessionId, given(state, socket, asked))
  }
  socket.emit('heads', { serverTime: clock.now(), logEpoch, heads })
}

/** As far as this reader can have got: what is kept back from it is no reason to ask again. */
function headFor({ gathering }: State, session: Heard, sessionId: string, quality: Quality): number {
  switch (quality) {
    case 'every':
      return session.head
    case 'gathered':
      return gathering.saidUpTo(sessionId) ?? session.head
    case 'records':
      return finalHead(session)
    default:
      return quality satisfies never
  }
}

const QUALITIES: readonly Quality[] = ['every', 'gathered', 'records']
const ROOM_ENDING = { every: '', gathered: ':gathered', records: ':final' } as const satisfies Record<Quality, string>

function roomOf(sessionId: string, quality: Quality): string {
  return sessionRoom(sessionId) + ROOM_ENDING[quality]
}
