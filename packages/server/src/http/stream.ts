import { MAX_PAGE_ENTRIES, type Entry } from '@farhand/shared'
import type { Request, Response } from 'express'
import type { Context } from '../actions/context.ts'
import { noSession } from '../actions/reading.ts'

/** Comments that keep proxies from closing a stream on which nothing is said. */
const KEEP_ALIVE_MS = 15_000
/** A reader with more than this unsent is cut off; it comes back with its Last-Event-ID, and the log has the rest. */
const MAX_UNSENT_BYTES = 1024 * 1024

/** The open streams, so that they end with the server or with what they were opened with. */
export type Streams = Set<{ credentialId: string; end: () => void }>

/**
 * A session's entries as server-sent events: the id is the seq, the data one entry. It goes on after `Last-Event-ID`,
 * else after `?after=`, else from the start. Reading pages and listening both lead to "read on from the cursor", so
 * nothing is lost between them and nothing comes twice.
 */
export async function streamEntries(options: {
  context: Context
  streams: Streams
  principal: { identity: { credentialId: string } }
  sessionId: string
  request: Request
  response: Response
}): Promise<void> {
  const { context, streams, principal, sessionId, request, response } = options
  if ((await context.store.session(sessionId)) === undefined) throw noSession()
  let cursor = cursorOf(request)
  let pumping = false
  let more = true
  let ended = false

  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  })
  response.write(': farhand\n\n')

  /** One at a time; what is committed meanwhile makes it go round again. */
  async function pump(): Promise<void> {
    if (pumping) return
    pumping = true
    while (more && !ended) {
      more = false
      const page = await context.store.page({ sessionId, after: cursor, limit: MAX_PAGE_ENTRIES, detail: 'full' })
      if (page === undefined) return end()
      for (const entry of page.entries) response.write(toEvent(entry))
      cursor = Math.max(cursor, page.to)
      if (cursor < page.head) more = true
      if (response.writableLength > MAX_UNSENT_BYTES) await drained(response)
    }
    pumping = false
  }

  function wake(): void {
    more = true
    pump().catch(end) // the reader comes back and learns then what is wrong
  }

  const stopListening = context.log.onCommitted(({ sessions }) => {
    if (sessions.some((session) => session.sessionId === sessionId)) wake()
  })
  const keepAlive = setInterval(() => response.write(': still here\n\n'), KEEP_ALIVE_MS)
  const stream = { credentialId: principal.identity.credentialId, end }
  streams.add(stream)
  response.once('close', end)

  function end(): void {
    if (ended) return
    ended = true
    stopListening()
    clearInterval(keepAlive)
    streams.delete(stream)
    response.end()
  }

  wake()
}

function toEvent(entry: Entry): string {
  return `id: ${entry.seq}\nevent: command_result\ndata: ${JSON.stringify(entry)}\n\n`
}

function cursorOf(request: Request): number {
  const said = request.headers['last-event-id'] ?? request.query['after']
  const number = typeof said === 'string' && /^\d{1,15}$/.test(said) ? Number(said) : 0
  return number
}

/** Resolves when the reader took what was written, or is gone. */
function drained(response: Response): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.once('drain', done)
    response.once('close', done)
  })
}
