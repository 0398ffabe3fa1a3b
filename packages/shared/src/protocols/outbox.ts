/**
 * Which of the numbered things in a durable spool to send now. Pure: it counts, the spool holds the contents.
 * Used by the agent for responses (numbered by `n` in a session).
 *
 * Things are sent oldest first, pipelined up to a window, and forgotten only when acknowledged. After a
 * reconnect everything that the other end does not hold is sent again, in order (AG4, CMD1).
 */
export type Outbox = {
  /** The other end holds everything up to here. */
  acked: number
  /** Sent over the present connection up to here. */
  sent: number
  /** The newest number in the spool. */
  last: number
  connected: boolean
}

export type OutboxInput =
  | { type: 'appended'; last: number }
  /** The connection is ready, and the other end holds everything up to `held`. */
  | { type: 'connected'; held: number }
  | { type: 'disconnected' }
  | { type: 'acked'; upTo: number }
  /** The other end missed something after `held`. */
  | { type: 'gap'; held: number }

/** `diverged`: the other end holds numbers that this spool never gave out; its copy or ours was restored. */
export type OutboxOutput = { type: 'forget'; upTo: number } | { type: 'diverged'; held: number; last: number }

/** An outbox over a spool that holds `acked + 1 … last`. */
export function openOutbox(acked: number, last: number): Outbox {
  return { acked, sent: acked, last, connected: false }
}

export function stepOutbox(outbox: Outbox, input: OutboxInput): { outbox: Outbox; outputs: OutboxOutput[] } {
  switch (input.type) {
    case 'appended':
      return { outbox: { ...outbox, last: Math.max(outbox.last, input.last) }, outputs: [] }
    case 'connected':
      if (input.held > outbox.last) {
        return { outbox, outputs: [{ type: 'diverged', held: input.held, last: outbox.last }] }
      }
      return acknowledge({ ...outbox, connected: true, sent: input.held }, input.held)
    case 'disconnected':
      return { outbox: { ...outbox, connected: false, sent: outbox.acked }, outputs: [] }
    case 'acked':
      // An acknowledgement of something never sent on this connection is late news of an older one: still true.
      return acknowledge(outbox, Math.min(input.upTo, outbox.last))
    case 'gap':
      return { outbox: { ...outbox, sent: Math.max(outbox.acked, Math.min(outbox.sent, input.held)) }, outputs: [] }
    default:
      return input satisfies never
  }
}

/** The next numbers to send, or nothing while the window is full or the link is down. */
export function nextToSend(
  outbox: Outbox,
  limits: { window: number; batch: number },
): { from: number; to: number } | undefined {
  if (!outbox.connected || outbox.sent >= outbox.last) return undefined
  const room = limits.window - (outbox.sent - outbox.acked)
  if (room <= 0) return undefined
  const from = outbox.sent + 1
  return { from, to: Math.min(outbox.last, outbox.sent + Math.min(room, limits.batch)) }
}

export function markSent(outbox: Outbox, to: number): Outbox {
  return { ...outbox, sent: Math.max(outbox.sent, to) }
}

function acknowledge(outbox: Outbox, upTo: number): { outbox: Outbox; outputs: OutboxOutput[] } {
  if (upTo <= outbox.acked) return { outbox, outputs: [] }
  return {
    outbox: { ...outbox, acked: upTo, sent: Math.max(outbox.sent, upTo) },
    outputs: [{ type: 'forget', upTo }],
  }
}
