import {
  MAX_RESPONSES_PER_MESSAGE,
  markSent,
  nextToSend,
  openOutbox,
  stepOutbox,
  type CommandResponse,
  type Outbox,
  type OutboxInput,
} from '@farhand/shared'
import { failpoint } from '../failpoint.ts'
import type { OutboxStore, Position } from '../spool/outbox.ts'

/** Sent and not yet acknowledged, per session: enough to fill a long link, little enough to send again. */
const WINDOW_RESPONSES = 512
/** All sessions share one link, so a loud one has little under way: what the others say waits behind that much only. */
const WINDOW_BYTES = 1024 * 1024
/** One message; a single longer response is one of its own. */
const BATCH_BYTES = 256 * 1024

/** Sends what the spool holds, oldest first, pipelined, until the relay holds it (AG4). */
export type Drain = {
  /** The connection is ready, and the relay holds this much of each session; 0 also of one that it does not know. */
  connected(held: readonly { sessionId: string; lastN: number }[], send: Send): void
  disconnected(): void
  acked(sessionId: string, n: number): void
  gap(sessionId: string, lastN: number): void
  /**
   * The relay closed the link because of a session that it does not know, and did not say which. Those that it may have meant
   * are sent one at a time from now on, so that the next time it is known; that one keeps still.
   */
  unknownSession(): void
  /** The relay has spoken of this session, so it knows it. */
  known(sessionId: string): void
  /** Something was committed. */
  pump(): void
}

/** Why nothing of a session is sent: the relay holds what we never said, or does not know the session (any more). */
export type Trouble = 'diverged' | 'unknown'

type Send = (batch: CommandResponse[]) => void

/** Of one session: where it stands, and how many bytes are under way, by the last number of each batch. */
type Lane = {
  sessionId: string
  outbox: Outbox
  underWay: { to: number; bytes: number }[]
  trouble?: Trouble
  /** What was told of it. */
  told?: Trouble
}

type State = {
  store: OutboxStore
  lanes: Map<string, Lane>
  send: Send | undefined
  /** Sessions that the relay has acknowledged nothing of go one after the other: so it is known which one it refuses. */
  unheardInTurn: boolean
  onTrouble: (sessionId: string, trouble: Trouble) => void
}

/** @param onTrouble a session with something to say is kept still */
export function createDrain(store: OutboxStore, onTrouble: State['onTrouble']): Drain {
  const state: State = { store, lanes: new Map(), send: undefined, unheardInTurn: false, onTrouble }
  return {
    connected(held, send) {
      state.send = send
      const lastNs = new Map(held.map(({ sessionId, lastN }) => [sessionId, lastN]))
      for (const position of store.positions()) greet(state, position, lastNs.get(position.sessionId) ?? 0)
      pump(state)
    },
    disconnected() {
      state.send = undefined
      for (const lane of state.lanes.values()) step(state, lane, { type: 'disconnected' })
    },
    acked(sessionId, n) {
      const lane = state.lanes.get(sessionId)
      if (lane === undefined) return
      const isNextOnesTurn = state.unheardInTurn && lane.outbox.acked === 0
      step(state, lane, { type: 'acked', upTo: n })
      if (isNextOnesTurn) pump(state)
      else pumpLanes(state, [lane])
    },
    gap(sessionId, lastN) {
      const lane = state.lanes.get(sessionId)
      if (lane === undefined) return
      // It acknowledges nothing: after commits that failed the relay may name what it does not hold either, and then
      // answers with another gap. Before what it once acknowledged it is the same as on a new connection.
      if (lastN < lane.outbox.acked) connect(state, lane, lastN)
      else step(state, lane, { type: 'gap', held: lastN })
      pumpLanes(state, [lane])
    },
    unknownSession() {
      const [first, ...others] = [...state.lanes.values()].filter(isUnheardUnderWay)
      if (first !== undefined && others.length === 0) block(state, first, 'unknown')
      else state.unheardInTurn = true
    },
    known(sessionId) {
      const lane = state.lanes.get(sessionId)
      if (lane?.trouble !== 'unknown') return
      free(lane)
      connect(state, lane, 0)
      pumpLanes(state, [lane])
    },
    pump: () => pump(state),
  }
}

function laneOf({ lanes }: State, { sessionId, acked, last }: Position): Lane {
  const known = lanes.get(sessionId)
  if (known !== undefined) return known
  const lane: Lane = { sessionId, outbox: openOutbox(acked, last), underWay: [] }
  lanes.set(sessionId, lane)
  return lane
}

function greet(state: State, position: Position, lastN: number): void {
  const lane = laneOf(state, position)
  step(state, lane, { type: 'appended', last: position.last })
  if (lane.trouble === 'diverged') delete lane.trouble
  if (lastN > 0 && lane.trouble === 'unknown') free(lane)
  // It acknowledged something once and holds nothing now: its log was made anew, without this session.
  if (lastN === 0 && lane.outbox.acked > 0) block(state, lane, 'unknown')
  else connect(state, lane, lastN)
}

function connect(state: State, lane: Lane, held: number): void {
  step(state, lane, { type: 'disconnected' })
  lane.underWay = []
  step(state, lane, { type: 'connected', held })
}

/** Told once: at every further connection it would be no news. */
function block({ onTrouble }: State, lane: Lane, trouble: Trouble): void {
  lane.trouble = trouble
  if (lane.outbox.last <= lane.outbox.acked || lane.told === trouble) return
  lane.told = trouble
  onTrouble(lane.sessionId, trouble)
}

/** The relay knows the session. */
function free(lane: Lane): void {
  delete lane.trouble
  delete lane.told
}

function isUnheardUnderWay({ outbox, underWay }: Lane): boolean {
  return outbox.acked === 0 && underWay.length > 0
}

function step(state: State, lane: Lane, input: OutboxInput): void {
  const { outbox, outputs } = stepOutbox(lane.outbox, input)
  lane.outbox = outbox
  lane.underWay = lane.underWay.filter(({ to }) => to > outbox.acked && to <= outbox.sent)
  for (const output of outputs) {
    switch (output.type) {
      case 'forget':
        state.store.forget(lane.sessionId, output.upTo)
        break
      case 'diverged':
        block(state, lane, 'diverged')
        break
      default:
        output satisfies never
    }
  }
}

function pump(state: State): void {
  if (state.send === undefined) return
  const lanes = state.store.unsent().map((position) => {
    const lane = laneOf(state, position)
    step(state, lane, { type: 'appended', last: position.last })
    // A session that is new since the connection: the relay holds nothing of it.
    if (!lane.outbox.connected && lane.trouble === undefined) {
      step(state, lane, { type: 'connected', held: lane.outbox.acked })
    }
    return lane
  })
  pumpLanes(state, lanes)
}

/** What is ready in these sessions, in as few messages as it fits into: each costs both ends more than what it holds. */
function pumpLanes({ store, send, lanes: all, unheardInTurn }: State, lanes: readonly Lane[]): void {
  if (send === undefined) return
  let message: CommandResponse[] = []
  let messageBytes = 0

  function flush(): void {
    if (message.length === 0 || send === undefined) return
    failpoint('agent.drain.beforeSend')
    send(message)
    failpoint('agent.drain.afterSend')
    message = []
    messageBytes = 0
  }

  for (const lane of lanes) {
    const waits = unheardInTurn && lane.outbox.acked === 0
    if (waits && [...all.values()].some((other) => other !== lane && isUnheardUnderWay(other))) continue
    for (let next = takeNext(store, lane); next !== undefined; next = takeNext(store, lane)) {
      const { responses, bytes } = next
      const fits = message.length + responses.length <= MAX_RESPONSES_PER_MESSAGE && messageBytes + bytes <= BATCH_BYTES
      if (!fits) flush()
      message.push(...responses)
      messageBytes += bytes
    }
  }
  flush()
}

/** The next responses of a session, which count as sent; nothing while its window is full. */
function takeNext(store: OutboxStore, lane: Lane): { responses: CommandResponse[]; bytes: number } | undefined {
  const bytesUnderWay = lane.underWay.reduce((sum, { bytes }) => sum + bytes, 0)
  if (lane.trouble !== undefined || bytesUnderWay >= WINDOW_BYTES) return undefined
  const range = nextToSend(lane.outbox, { window: WINDOW_RESPONSES, batch: MAX_RESPONSES_PER_MESSAGE })
  if (range === undefined) return undefined
  const read = store.read(lane.sessionId, range.from, range.to, BATCH_BYTES)
  const to = read.responses.at(-1)?.n
  if (to === undefined) return undefined
  lane.outbox = markSent(lane.outbox, to)
  lane.underWay.push({ to, bytes: read.bytes })
  return read
}
