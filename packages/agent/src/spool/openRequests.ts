import type { DatabaseSync } from 'node:sqlite'
import { REQUEST_TYPES, requestBodySchema } from '@farhand/shared'
import { z } from 'zod'
import type { Commits } from './commits.ts'
import { readDocument, type Unreadable } from './readDocument.ts'

/**
 * Requests that wait for a person. After a crash the log has to say that nobody waits for the answer any more, or, where
 * the call behind the request can be taken up again, the request waits on (REQ5).
 */
export type OpenRequests = {
  add(request: OpenRequest): void
  /**
   * At once, with all that was said before: what was decided is on the disk before it has any effect.
   * @throws FarhandError `AGENT_STORAGE`
   */
  remove(requestId: string): void
  list(): OpenRequest[]
}

/** `call` is left out where the call can't be taken up: one of a subagent, whose state ends with the process. */
export type OpenRequest = { requestId: string; sessionId: string; commandId: string; call?: AskedCall }

/** The call that a request is about, and what has to be known to recognise it. */
const askedCallSchema = z.object({
  toolUseId: z.string(),
  tool: z.string(),
  type: z.enum(REQUEST_TYPES),
  digest: z.string(),
  /** Claude Code's own record of the conversation. */
  transcript: z.string(),
  /** What "always" would mean, as it was shown. */
  suggestions: z.array(z.looseObject({ type: z.string() })).optional(),
  /** The text of a plan, which a later process does not find in the call. */
  plan: z.string().optional(),
  /** As it was shown, to be shown again. */
  body: requestBodySchema.optional(),
})
export type AskedCall = z.infer<typeof askedCallSchema>

export function openOpenRequests(db: DatabaseSync, commits: Commits, unreadable: Unreadable): OpenRequests {
  const add = db.prepare(
    'INSERT OR REPLACE INTO open_requests (request_id, session_id, command_id, call) VALUES (?, ?, ?, ?)',
  )
  const remove = db.prepare('DELETE FROM open_requests WHERE request_id = ?')
  const list = db.prepare('SELECT request_id, session_id, command_id, call FROM open_requests')
  return {
    add({ requestId, sessionId, commandId, call }) {
      commits.write(() => {
        add.run(requestId, sessionId, commandId, call === undefined ? null : JSON.stringify(call))
      })
    },
    remove(requestId) {
      // Where the disk takes it only later it is still removed: or the next start would say once more how it ended.
      commits.write(() => {
        remove.run(requestId)
      })
      commits.flush()
    },
    list: () =>
      z
        .array(rowSchema)
        .parse(list.all())
        .map((row) => readRow(row, unreadable)),
  }
}

const rowSchema = z.object({
  request_id: z.string(),
  session_id: z.string(),
  command_id: z.string(),
  call: z.string().nullable(),
})

function readRow(
  { request_id, session_id, command_id, call }: z.infer<typeof rowSchema>,
  unreadable: Unreadable,
): OpenRequest {
  // Without its call the request can't be taken up, and is told as cancelled.
  const asked = call === null ? undefined : readDocument(askedCallSchema, call)
  if (call !== null && asked === undefined) unreadable('call', session_id)
  return {
    requestId: request_id,
    sessionId: session_id,
    commandId: command_id,
    ...(asked === undefined ? {} : { call: asked }),
  }
}
