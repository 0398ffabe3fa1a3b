import type { CommandResponse } from '@farhand/shared'

/** What was said last and is not acknowledged yet, so that sending it needs no look at the disk. */
export type Recent = {
  add(sessionId: string, responses: readonly Sized[]): void
  /** The responses `from … to`, at most `maxBytes` of bodies but always one; undefined where the disk has to be asked. */
  read(
    sessionId: string,
    from: number,
    to: number,
    maxBytes: number,
  ): { responses: CommandResponse[]; bytes: number } | undefined
  /** Everything up to here is acknowledged. */
  forget(sessionId: string, upTo: number): void
}

export type Sized = { response: CommandResponse; bytes: number }

/** Holds at most `limitBytes` of bodies; a session that would go beyond begins anew with what it says next. */
export function createRecent(limitBytes: number): Recent {
  /** By session, dense from the first one's number on. */
  const held = new Map<string, Sized[]>()
  let heldBytes = 0

  function drop(sessionId: string, list: readonly Sized[], count: number): void {
    for (const { bytes } of list.slice(0, count)) heldBytes -= bytes
    if (count >= list.length) held.delete(sessionId)
    else held.set(sessionId, list.slice(count))
  }

  return {
    add(sessionId, responses) {
      const before = held.get(sessionId) ?? []
      const bytes = responses.reduce((sum, one) => sum + one.bytes, 0)
      if (heldBytes + bytes > limitBytes) return drop(sessionId, before, before.length)
      heldBytes += bytes
      held.set(sessionId, before)
      before.push(...responses)
    },
    read(sessionId, from, to, maxBytes) {
      const list = held.get(sessionId)
      const first = list?.[0]?.response.n
      if (list === undefined || first === undefined || from < first) return undefined
      const responses: CommandResponse[] = []
      let bytes = 0
      for (const one of list.slice(from - first, to - first + 1)) {
        if (responses.length > 0 && bytes + one.bytes > maxBytes) break
        responses.push(one.response)
        bytes += one.bytes
      }
      return responses.length === 0 ? undefined : { responses, bytes }
    },
    forget(sessionId, upTo) {
      const list = held.get(sessionId)
      const first = list?.[0]?.response.n
      if (list !== undefined && first !== undefined && upTo >= first) drop(sessionId, list, upTo - first + 1)
    },
  }
}
