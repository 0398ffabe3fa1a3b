import type { CommandResponse } from '@farhand/shared'
import type { StoredInput } from '../../../packages/agent/src/spool/inbox.ts'
import type { OpenRequest } from '../../../packages/agent/src/spool/openRequests.ts'

/** What an agent has on its disk, in the shape of its database. Rows are replaced, never changed in place. */
export type Disk = {
  connNo: number
  positions: Map<string, { acked: number; last: number }>
  outbox: Map<string, Map<number, CommandResponse>>
  inbox: Map<string, InboxRow>
  requests: Map<string, OpenRequest>
}

export type InboxRow = StoredInput & { state: 'accepted' | 'started' | 'done' }

export function newDisk(): Disk {
  return { connNo: 0, positions: new Map(), outbox: new Map(), inbox: new Map(), requests: new Map() }
}

/** Somebody copied the agent's directory. */
export function copyDisk(disk: Disk): Disk {
  return {
    connNo: disk.connNo,
    positions: new Map(disk.positions),
    outbox: new Map([...disk.outbox].map(([sessionId, rows]) => [sessionId, new Map(rows)])),
    inbox: new Map(disk.inbox),
    requests: new Map(disk.requests),
  }
}
