import { isSuperseded, violation, type Evidence, type Violation } from './evidence.ts'
import type { Seen } from '../history.ts'

/** I5, I7, and the order of I1: numbers without holes, what was seen is still there, the agent's own order is kept. */
export function checkLog(evidence: Evidence): Violation[] {
  const seen = whatWasSeen(evidence)
  return evidence.dump.sessions.flatMap(({ sessionId, head, lastN, running }) => [
    ...holes(evidence, sessionId, head, seen),
    ...agentsOrder(evidence, sessionId, lastN),
    ...(running === 0 ? [] : [violation('I4', 'running-left', `${sessionId} counts ${running} running at rest`)]),
  ])
}

function holes(evidence: Evidence, sessionId: string, head: number, seen: ReadonlyMap<string, Seen>): Violation[] {
  const found: Violation[] = []
  const newest = evidence.entriesOf(sessionId).at(-1)?.seq ?? 0
  if (newest > head) found.push(violation('I7', 'beyond-head', `${sessionId} has entry ${newest}, its head is ${head}`))
  const lastRecord = evidence.entriesOf(sessionId).findLast((entry) => entry.final === 1)?.seq ?? 0
  for (let seq = 1; seq <= head; seq += 1) {
    if (evidence.entryAt(sessionId, seq) !== undefined) continue
    const one = seen.get(`${sessionId} ${seq}`)
    if (one === undefined) {
      // Nobody saw what stood here; without a record behind it, it cannot have been a preview.
      if (seq > lastRecord) found.push(violation('I7', 'seq-hole', `${sessionId}#${seq} is missing`))
    } else if (!isSuperseded(evidence, sessionId, one)) {
      found.push(violation('I5', 'entry-lost', `${sessionId}#${seq} (${one.kind}) was seen and is gone`))
    }
  }
  return found
}

function agentsOrder(evidence: Evidence, sessionId: string, lastN: number): Violation[] {
  const found: Violation[] = []
  let before = 0
  for (const { n, seq } of evidence.entriesOf(sessionId)) {
    if (n === null) continue
    if (n <= before)
      found.push(violation('I1', 'agent-order', `${sessionId}#${seq} is the agent's ${n}, after ${before}`))
    before = Math.max(before, n)
  }
  if (before > lastN) found.push(violation('I7', 'beyond-last-n', `${sessionId} has n ${before}, last_n is ${lastN}`))
  return found
}

function whatWasSeen(evidence: Evidence): Map<string, Seen> {
  const seen = new Map<string, Seen>()
  for (const { sessionId, entries, t } of evidence.of('applied')) {
    if (evidence.isUndone(t)) continue
    for (const entry of entries) seen.set(`${sessionId} ${entry.seq}`, entry)
  }
  return seen
}
