import { isTerminal, violation, type Evidence, type Violation } from './evidence.ts'

/** A cancel that was acknowledged so long before the agent's hello was answered was among the inputs of that answer. */
export const COMMITTED_BEFORE_HELLO_MS = 2_000
/** From an interrupt to the end of the process tree. */
const CANCEL_MS = 12_000
/** How long a half-open link may pass for a good one. */
const NOTICE_MS = 20_000

/** I11: once a cancel is acknowledged and has reached the agent, nothing is begun any more. */
export function checkCancels(evidence: Evidence): Violation[] {
  const intents = new Map(evidence.intents.map((intent) => [intent.id, intent]))
  const hellos = evidence.of('tier').flatMap(({ tier, what, t }) => (tier === 'agent' && what === 'ready' ? [t] : []))
  return evidence.of('acked').flatMap(({ id, t }) => {
    const intent = intents.get(id)
    if (intent?.kind !== 'cancel') return []
    const entries = evidence.entriesAbout(intent.about)
    const prompt = entries.find(({ kind }) => kind === 'command')?.body
    const asked = evidence.of('asked').find((one) => one.prompt === prompt)
    if (asked === undefined) return []
    const hello = hellos.find((at) => at >= t + COMMITTED_BEFORE_HELLO_MS)
    const completed = entries.find(isTerminal)?.status === 'complete'
    if (hello !== undefined && asked.t >= hello && completed) {
      return [violation('I11', 'completed-though-cancelled', `${intent.about} was begun after its cancel was known`)]
    }
    const reached = reachedBy(evidence, t)
    return reached !== undefined && asked.t > reached
      ? [
          violation(
            'I11',
            'begun-after-cancel',
            `${intent.about} was begun ${Math.round(asked.t - t)} ms after its cancel`,
          ),
        ]
      : []
  })
}

/** When the agent must have acted on what the relay held at `t`, for all that can be known from outside. */
function reachedBy(evidence: Evidence, t: number): number | undefined {
  let since: number | undefined
  for (const record of evidence.of('tier')) {
    if (since !== undefined && record.t > Math.max(since, t) + CANCEL_MS + NOTICE_MS) break
    if (record.tier === 'agent' || record.what !== 'ready') {
      since = record.tier === 'agent' && record.what === 'ready' ? record.t : undefined
    }
  }
  return since === undefined ? undefined : Math.max(since, t) + CANCEL_MS + NOTICE_MS
}
