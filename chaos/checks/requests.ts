import { isTerminal, violation, type Evidence, type Violation } from './evidence.ts'
import type { DumpedEntry } from '../dump.ts'
import { z } from 'zod'

const decisionSchema = z.object({ behavior: z.enum(['allow', 'deny']) })
const resolvedSchema = z.object({ outcome: z.string(), behavior: z.string().optional() })

/** The prompt whose execution leaves a line in a file of its own. */
export const TRACED = /^append one line to (\w+\.txt)$/

/** I9: one decision per request, about what was shown, applied as it was decided; nothing runs without one. */
export function checkRequests(evidence: Evidence): Violation[] {
  const requests = evidence.dump.entries.filter(
    ({ kind, key, commandId }) => kind === 'request' && key !== null && !evidence.undone.has(commandId),
  )
  return [
    ...requests.flatMap((request) => checkRequest(evidence, request)),
    ...answers(evidence),
    ...undecidedRuns(evidence),
    ...droppedCalls(evidence),
  ]
}

function checkRequest(evidence: Evidence, request: DumpedEntry): Violation[] {
  const { sessionId, key, seq, digest } = request
  const about = evidence.entriesOf(sessionId).filter((entry) => entry.key === key)
  const decisions = about.filter(({ kind }) => kind === 'decision')
  const resolutions = about.filter(({ kind }) => kind === 'request_resolved')
  const [decision] = decisions
  const [resolution] = resolutions
  const found: Violation[] = []
  const complain = (name: string, detail: string): void => {
    found.push(violation('I9', name, `request ${key} (${sessionId}#${seq}) ${detail}`))
  }
  if (decisions.length > 1) complain('decided-twice', `was decided at ${decisions.map((one) => one.seq).join(' and ')}`)
  if (resolutions.length > 1) complain('resolved-twice', `was resolved ${resolutions.length} times`)
  if (resolution === undefined) complain('unresolved', 'is still open at rest')
  if (decision !== undefined && decision.digest !== digest) complain('decided-stale', 'was decided about another input')
  if (decision !== undefined && resolution !== undefined && decision.seq > resolution.seq) {
    complain('decided-after-end', `was resolved at ${resolution.seq} and decided at ${decision.seq}`)
  }
  const result = resolution === undefined ? undefined : resolvedSchema.parse(JSON.parse(resolution.body))
  if (result?.outcome === 'applied' && decision === undefined) complain('applied-undecided', 'was applied undecided')
  if (result?.outcome === 'applied' && decision !== undefined) {
    const { behavior } = decisionSchema.parse(JSON.parse(decision.body))
    if (behavior !== result.behavior)
      complain('applied-otherwise', `was decided ${behavior}, applied ${result.behavior}`)
  }
  return found
}

/** Two people who were both told that theirs is the decision. */
function answers(evidence: Evidence): Violation[] {
  const intents = new Map(evidence.intents.map((intent) => [intent.id, intent]))
  const won = evidence.of('acked').filter(({ id }) => intents.get(id)?.kind === 'decision')
  const byRequest = Map.groupBy(won, ({ id, sessionId }) => `${sessionId} ${intents.get(id)?.about ?? ''}`)
  return [...byRequest].flatMap(([request, acks]) => {
    const winners = new Set(acks.map(({ id }) => id))
    return winners.size > 1
      ? [violation('I9', 'two-winners', `${winners.size} decisions of request ${request} were acknowledged`)]
      : []
  })
}

/** The trace on the disk says that it ran; then somebody must have allowed it. */
function undecidedRuns(evidence: Evidence): Violation[] {
  const undone = evidence.intents.flatMap(({ id, about }) => (evidence.undone.has(id) ? [about] : []))
  return evidence.of('trace').flatMap(({ prompt, executions }) => {
    if (executions === 0 || undone.includes(prompt)) return []
    const command = evidence.dump.entries.find(({ kind, body }) => kind === 'command' && body === prompt)
    if (command === undefined)
      return [violation('I3', 'executed-unaccepted', `not in the log, but executed: ${prompt}`)]
    return isAllowed(evidence, command)
      ? []
      : [violation('I9', 'ran-unallowed', `nobody allowed it, but it ran: ${prompt}`)]
  })
}

/** Somebody allowed it, the agent says that this was applied and that the run came to its end: then it left its trace. */
function droppedCalls(evidence: Evidence): Violation[] {
  return evidence.of('trace').flatMap(({ prompt, executions }) => {
    const command = evidence.dump.entries.find(({ kind, body }) => kind === 'command' && body === prompt)
    if (executions > 0 || command === undefined || evidence.undone.has(command.commandId)) return []
    const about = evidence.entriesAbout(command.commandId)
    const applied = about.some(
      ({ kind, body }) => kind === 'request_resolved' && isAppliedAllow(resolvedSchema.parse(JSON.parse(body))),
    )
    const completed = about.some((entry) => isTerminal(entry) && entry.status === 'complete')
    return applied && completed && isAllowed(evidence, command)
      ? [violation('I9', 'allowed-not-run', `it was allowed, applied and completed, but never ran: ${prompt}`)]
      : []
  })
}

function isAllowed(evidence: Evidence, { commandId, sessionId }: DumpedEntry): boolean {
  const keys = evidence.entriesAbout(commandId).flatMap(({ kind, key }) => (kind === 'request' ? [key] : []))
  return evidence
    .entriesOf(sessionId)
    .some(
      ({ kind, key, body }) =>
        kind === 'decision' && keys.includes(key) && decisionSchema.parse(JSON.parse(body)).behavior === 'allow',
    )
}

function isAppliedAllow({ outcome, behavior }: z.infer<typeof resolvedSchema>): boolean {
  return outcome === 'applied' && behavior === 'allow'
}
