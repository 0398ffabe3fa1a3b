import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import type { Commits } from './commits.ts'

/** Requests that wait for a person. After a crash nobody waits for the answer any more, and the log has to say so. */
export type OpenRequests = {
  add(request: OpenRequest): void
  remove(requestId: string): void
  list(): OpenRequest[]
}

export type OpenRequest = { requestId: string; sessionId: string; commandId: string }

export function openOpenRequests(db: DatabaseSync, commits: Commits): OpenRequests {
  const add = db.prepare('INSERT OR REPLACE INTO open_requests (request_id, session_id, command_id) VALUES (?, ?, ?)')
  const remove = db.prepare('DELETE FROM open_requests WHERE request_id = ?')
  const list = db.prepare('SELECT request_id, session_id, command_id FROM open_requests')
  return {
    add({ requestId, sessionId, commandId }) {
      commits.write(() => {
        add.run(requestId, sessionId, commandId)
      })
    },
    remove(requestId) {
      commits.write(() => {
        remove.run(requestId)
      })
    },
    list: () =>
      z
        .array(rowSchema)
        .parse(list.all())
        .map((row) => ({ requestId: row.request_id, sessionId: row.session_id, commandId: row.command_id })),
  }
}

const rowSchema = z.object({ request_id: z.string(), session_id: z.string(), command_id: z.string() })
