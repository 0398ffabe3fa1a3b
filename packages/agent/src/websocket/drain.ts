import {
  MAX_RESPONSES_BYTES,
  MAX_RESPONSES_PER_MESSAGE,
  markSent,
  nextToSend,
  openOutbox,
  stepOutbox,
  type CommandResponse,
  type Outbox,
  type OutboxInput,
} from '@farhand/shared'
import type { OutboxStore, Position } from '../spool/outbox.ts'

/** Sent and not yet acknowledged, per session: enough to fill a long link, little enough to send again. */
const WINDOW_RESPONSES = 512
const WINDOW_BYTES = 4 * MAX_RESPONSES_BYTES

/** Sends what the spool holds, oldest first, pipelined, until the relay holds it (AG4). */
export type Drain = {
  /** The connection is ready, and the relay holds this much of each session; 0 also of one that it does not know. */
  connected(held: readonly { sessionId: string; lastN: number }[], send: (batch: CommandResponse[]) => void): void
  disconnected(): void
  acked(sessionId: string, n: number): void
  gap(sessionId: string, lastN: number): void
  /** The relay closed the link because of a session that it does not know: those that it may have meant keep still. */
  unknownSession(): void
  /** The relay has spoken of this session, so it knows it. */
  known(sessionId: string): void
  /** Something was committed, or there is room again. */
  pump(): void
}

/** Why nothing of a session is sent: the relay holds what we never said, or does not know the session (any more). */
export type Trouble = 'diverged' | 'unknown'

/** Of one session: where it stands, and how many bytes are under way, by the last number of each batch. */
type Lane = { outbox: Outbox; underWay: { to: number; bytes: number }[]; trouble?: Trouble }

/** @param onTrouble a session with something to say is kept still */
export function createDrain(store: OutboxStore, onTrouble: (sessionId: string, trouble: Trouble) => void): Drain {
  const lanes = new Map<string, Lane>()
  let send: ((batch: CommandResponse[]) => void) | undefined

  function laneOf({ sessionId, acked, last }: Position): Lane {
    const known = lanes.get(sessionId)
    if (known !== undefined) return known
    const lane: Lane = { outbox: openOutbox(acked, last), underWay: [] }
    lanes.set(sessionId, lane)
    return lane
  }

  function step(sessionId: string, lane: Lane, input: OutboxInput): void {
    const { outbox, outputs } = stepOutbox(lane.outbox, input)
    lane.outbox = outbox
    lane.underWay = lane.underWay.filter(({ to }) => to > outbox.acked && to <= outbox.sent)
    for (const output of outputs) {
      switch (output.type) {
        case 'forget':
          store.forget(sessionId, output.upTo)
          break
        case 'diverged':
          block(sessionId, lane, 'diverged')
          break
        default:
          output satisfies never
      }
    }
  }

  function block(sessionId: string, lane: Lane, trouble: Trouble): void {
    lane.trouble = trouble
    if (lane.outbox.last > lane.outbox.acked) onTrouble(sessionId, trouble)
  }

  function pump(): void {
    if (send === undefined) return
    for (const position of store.positions()) {
      const lane = laneOf(position)
      step(position.sessionId, lane, { type: 'appended', last: position.last })
      // A session that is new since the connection: the relay holds nothing of it.
      if (!lane.outbox.connected && lane.trouble === undefined) {
        step(position.sessionId, lane, { type: 'connected', held: lane.outbox.acked })
      }
      pumpLane(position.sessionId, lane, send)
    }
  }

  function pumpLane(sessionId: string, lane: Lane, emit: (batch: CommandResponse[]) => void): void {
    while (lane.trouble === undefined) {
      const bytesUnderWay = lane.underWay.reduce((sum, { bytes }) => sum + bytes, 0)
      if (bytesUnderWay >= WINDOW_BYTES) return
      const range = nextToSend(lane.outbox, { window: WINDOW_RESPONSES, batch: MAX_RESPONSES_PER_MESSAGE })
      if (range === undefined) return
      const { responses, bytes } = store.read(sessionId, range.from, range.to, MAX_RESPONSES_BYTES)
      const to = responses.at(-1)?.n
      if (to === undefined) return
      emit(responses)
      lane.outbox = markSent(lane.outbox, to)
      lane.underWay.push({ to, bytes })
    }
  }

  function connect(sessionId: string, lane: Lane, held: number): void {
    step(sessionId, lane, { type: 'disconnected' })
    lane.underWay = []
    step(sessionId, lane, { type: 'connected', held })
  }

  return {
    connected(held, emit) {
      const known = new Map(held.map(({ sessionId, lastN }) => [sessionId, lastN]))
      send = emit
      for (const position of store.positions()) {
        const lane = laneOf(position)
        step(position.sessionId, lane, { type: 'appended', last: position.last })
        const lastN = known.get(position.sessionId) ?? 0
        if (lane.trouble === 'diverged') delete lane.trouble
        // It acknowledged something once and holds nothing now: its log was made anew, without this session.
        if (lastN === 0 && lane.outbox.acked > 0) block(position.sessionId, lane, 'unknown')
        else connect(position.sessionId, lane, lastN)
      }
      pump()
    },
    disconnected() {
      send = undefined
      for (const [sessionId, lane] of lanes) step(sessionId, lane, { type: 'disconnected' })
    },
    acked(sessionId, n) {
      const lane = lanes.get(sessionId)
      if (lane === undefined) return
      step(sessionId, lane, { type: 'acked', upTo: n })
      if (send !== undefined) pumpLane(sessionId, lane, send)
    },
    gap(sessionId, lastN) {
      const lane = lanes.get(sessionId)
      if (lane === undefined || send === undefined) return
      // The same as on a new connection: what the relay names may lie before what it once acknowledged.
      connect(sessionId, lane, lastN)
      pumpLane(sessionId, lane, send)
    },
    unknownSession() {
      for (const [sessionId, lane] of lanes) {
        if (lane.outbox.acked === 0 && lane.underWay.length > 0) block(sessionId, lane, 'unknown')
      }
    },
    known(sessionId) {
      const lane = lanes.get(sessionId)
      if (lane?.trouble !== 'unknown') return
      delete lane.trouble
      connect(sessionId, lane, 0)
      pump()
    },
    pump,
  }
}
