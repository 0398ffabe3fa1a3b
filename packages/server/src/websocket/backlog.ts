import { MAX_PAGE_BYTES } from '@farhand/shared'
import type { Socket } from 'socket.io'

/** A reader with more than this unsent is slow: a whole page on its way is normal, and about half as much again. */
const SLOW_BYTES = MAX_PAGE_BYTES + 2 * 1024 * 1024

type Connection = Socket['conn']

const backlogs = new WeakMap<Connection, () => number>()

/** Counts what is written to this connection and not yet given to the network. Once per connection, when it opens. */
export function trackBacklog(connection: Connection): void {
  let queued = 0
  let handedOver = 0
  connection.on('packetCreate', (packet: { data?: string | ArrayBufferView | ArrayBuffer }) => {
    queued += sizeOf(packet.data)
  })
  connection.on('flush', () => {
    handedOver = queued
    queued = 0
  })
  // The engine's own "drain" comes too early; its transport is writable again once the network took everything.
  backlogs.set(connection, () => queued + (connection.transport.writable ? 0 : handedOver))
}

/** What this reader was sent and has not taken, as far as this process holds it. */
export function unreadBytes(connection: Connection): number {
  return backlogs.get(connection)?.() ?? 0
}

export function isSlow(connection: Connection): boolean {
  return unreadBytes(connection) > SLOW_BYTES
}

function sizeOf(data: string | ArrayBufferView | ArrayBuffer | undefined): number {
  if (data === undefined) return 0
  return typeof data === 'string' ? data.length : data.byteLength
}
