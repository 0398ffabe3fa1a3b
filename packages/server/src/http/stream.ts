import { MAX_PAGE_ENTRIES, type Entry } from '@farhand/shared'
import type { Request, Response } from 'express'
import { requireSession, type Context, type Principal } from '../actions/context.ts'
import { decideBeginning } from '../log/beginning.ts'

/** Comments that keep proxies from closing a stream on which nothing is said. */
const KEEP_ALIVE_MS = 15_000
/** With more than this unsent a reader is waited for; nothing more is written on top. */
const MAX_UNSENT_BYTES = 1024 * 1024
/** One that takes nothing for so long is cut off; it comes back with its Last-Event-ID, and the log has the rest (SUB7). */
const SLOW_LIMIT_MS = 30_000

/** The open streams, so that they end with the server or with what they were opened with. */
export type Streams = Set<{ credentialId: string; sessionId: string; end: () => void }>

/**
 * A session's entries as server-sent events: the id is the seq, the data one entry. It goes on after `Last-Event-ID`,
 * else after `?after=`, else from the start. Reading pages and listening both lead to "read on from the cursor", so
 * nothing is lost between them and nothing comes twice.
 *
 * The first event is `log`, with the `logEpoch`; whoever sends that one back as `?logEpoch=` is told by the event
 * `reset` that its cursor is of another log, and reads from the start (SUB3).
 */
export async function streamEntries(options: {
  context: Context
  streams: Streams
  principal: Principal & { identity: { credentialId: string } }
  sessionId: string
  request: Request
  response: Response
  slowLimitMs?: number
}): Promise<void> {
  const { context, streams, principal, sessionId, request, response, slowLimitMs = SLOW_LIMIT_MS } = options
  const { head } = await requireSession(context, principal, sessionId)
  if (response.closed) return // the reader went away meanwhile, and nothing would ever tell so again
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  })
  if (request.method === 'HEAD') return void response.end()
  const { logEpoch } = context.store
  const { reset, range } = decideBeginning(positionOf(request), { head, logEpoch }, MAX_PAGE_ENTRIES)
  response.write(`: farhand\n\n${toEvent('log', { logEpoch, head })}`)
  // With an id of its own, so that a reader which comes back does not name the old cursor again.
  if (reset) response.write(`id: 0\n${toEvent('reset', { logEpoch })}`)

  let cursor = range.after ?? 0
  let pumping = false
  let more = true
  let ended = false

  /** One at a time; what is committed meanwhile makes it go round again. */
  async function pump(): Promise<void> {
    if (pumping) return
    pumping = true
    while (more && !ended) {
      more = false
      const page = await context.store.page({ sessionId, after: cursor, limit: MAX_PAGE_ENTRIES, detail: 'full' })
      if (page === undefined) return end()
      if (ended) return // what is written behind the end is an error that nobody hears
      for (const entry of page.entries) response.write(`id: ${entry.seq}\n${toEvent('command_result', entry)}`)
      cursor = Math.max(cursor, page.to)
      if (cursor < page.head) more = true
      if (response.writableLength > MAX_UNSENT_BYTES && !(await drained(response, slowLimitMs))) response.destroy()
    }
    pumping = false
  }

  function wake(): void {
    more = true
    pump().catch(end) // the reader comes back and learns then what is wrong
  }

  const stopListening = context.log.onCommitted(({ outcomes, sessions }) => {
    const isChanged = sessions.some((session) => session.sessionId === sessionId)
    if (isChanged || outcomes.some((one) => one.verdict === 'accepted' && one.entry.sessionId === sessionId)) wake()
  })
  const keepAlive = setInterval(() => response.write(': still here\n\n'), KEEP_ALIVE_MS)
  const stream = { credentialId: principal.identity.credentialId, sessionId, end }
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

function toEvent(event: 'log' | 'reset' | 'command_result', data: Entry | { logEpoch: string; head?: number }): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

/** Where the reader says that it stands. */
function positionOf({ headers, query }: Request): { after?: number; logEpoch?: string } {
  const after = headers['last-event-id'] ?? query['after']
  const logEpoch = query['logEpoch']
  return {
    ...(typeof after === 'string' && /^\d{1,15}$/.test(after) ? { after: Number(after) } : {}),
    ...(typeof logEpoch === 'string' && logEpoch !== '' ? { logEpoch } : {}),
  }
}

/** Resolves when the reader took what was written, or is gone; false where it did neither in time. */
function drained(response: Response, limitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const late = setTimeout(() => done(false), limitMs)
    const taken = (): void => done(true)
    function done(result: boolean): void {
      clearTimeout(late)
      response.off('drain', taken)
      response.off('close', taken)
      resolve(result)
    }
    response.once('drain', taken)
    response.once('close', taken)
  })
}
