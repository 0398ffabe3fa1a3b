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
  return evidence.of('acked').flatMap(({ id, t }) => {
    const intent = intents.get(id)
    if (intent?.kind !== 'cancel') return []
    const entries = evidence.entriesAbout(intent.about)
    const prompt = entries.find(({ kind }) => kind === 'command')?.body
    const asked = evidence.of('asked').find((one) => one.prompt === prompt)
    if (asked === undefined) return []
    const tiers = tiersOf(evidence, intent.sessionId)
    const hello = tiers.find(({ tier, what, t: at }) => isHello({ tier, what }) && at >= t + COMMITTED_BEFORE_HELLO_MS)
    const completed = entries.find(isTerminal)?.status === 'complete'
    if (hello !== undefined && asked.t >= hello.t && completed) {
      return [violation('I11', 'completed-though-cancelled', `${intent.about} was begun after its cancel was known`)]
    }
    const reached = reachedBy(tiers, t)
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

type TierRecord = ReturnType<typeof tiersOf>[number]

/** What became of the relays, and of the agent that a session is at. */
function tiersOf(evidence: Evidence, sessionId: string) {
  const machine = evidence.machineOf(sessionId)
  return evidence.of('tier').filter((record) => record.tier === 'relay' || (record.machine ?? 0) === machine)
}

function isHello({ tier, what }: Pick<TierRecord, 'tier' | 'what'>): boolean {
  return tier === 'agent' && what === 'ready'
}

/** When the agent must have acted on what the relay held at `t`, for all that can be known from outside. */
function reachedBy(tiers: readonly TierRecord[], t: number): number | undefined {
  let since: number | undefined
  for (const record of tiers) {
    if (since !== undefined && record.t > Math.max(since, t) + CANCEL_MS + NOTICE_MS) break
    if (record.tier === 'agent' || record.what !== 'ready') {
      since = isHello(record) ? record.t : undefined
    }
  }
  return since === undefined ? undefined : Math.max(since, t) + CANCEL_MS + NOTICE_MS
}
