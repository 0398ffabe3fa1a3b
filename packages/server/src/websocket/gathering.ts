import type { Entry } from '@farhand/shared'

/** A reader whose link or eyes are slow loses nothing by four messages a second. */
export const GATHER_MS = 250
/** More than this is not kept back: it is a message of good size already. */
const GATHER_BYTES = 256 * 1024

/**
 * Fewer and larger messages for those readers of a session who want that: what comes first is said at once, and what
 * follows is gathered for a while. What a person waits for is said at once, with what was gathered before it.
 */
export type Gathering = {
  take(sessionId: string, entries: readonly Entry[]): void
  /** Says what was gathered. */
  flush(sessionId: string): void
  /** Up to where a session was said, where something of it is kept back. */
  saidUpTo(sessionId: string): number | undefined
  close(): void
}

type Window = { gathered: Entry[]; bytes: number; timer: NodeJS.Timeout }

export function createGathering(say: (sessionId: string, entries: readonly Entry[]) => void): Gathering {
  const windows = new Map<string, Window>()

  function open(sessionId: string): void {
    const timer = setTimeout(() => {
      const gathered = close(sessionId)
      if (gathered.length === 0) return
      say(sessionId, gathered)
      open(sessionId)
    }, GATHER_MS)
    windows.set(sessionId, { gathered: [], bytes: 0, timer })
  }

  function close(sessionId: string): readonly Entry[] {
    const window = windows.get(sessionId)
    windows.delete(sessionId)
    clearTimeout(window?.timer)
    return window?.gathered ?? []
  }

  function flush(sessionId: string): void {
    if (windows.get(sessionId)?.gathered.length === 0) return
    const gathered = close(sessionId)
    if (gathered.length === 0) return
    say(sessionId, gathered)
    open(sessionId)
  }

  return {
    take: (sessionId, entries) => {
      const window = windows.get(sessionId)
      if (window === undefined) {
        say(sessionId, entries)
        open(sessionId)
        return
      }
      for (const entry of entries) {
        window.gathered.push(entry)
        window.bytes += entry.response.length
      }
      if (window.bytes > GATHER_BYTES || !entries.every(canWait)) flush(sessionId)
    },
    flush,
    saidUpTo: (sessionId) => {
      const first = windows.get(sessionId)?.gathered[0]
      return first === undefined ? undefined : first.seq - 1
    },
    close: () => {
      for (const sessionId of [...windows.keys()]) close(sessionId)
    },
  }
}

/** What an agent writes while it works. Not what a person said or is asked, and not the end. */
function canWait({ status, author, kind }: Entry): boolean {
  return status === 'streaming' && author === undefined && kind !== 'request' && kind !== 'request_resolved'
}
