import { attentionSchema, sessionSummarySchema, type Entry } from '@farhand/shared'
import { z } from 'zod'
import { laneOf } from '../agents/offer.ts'
import type { Committed } from '../log/sessionLog.ts'
import { jsonOf, type BusMessage } from './messages.ts'

type Said = Extract<BusMessage, { type: 'committed' }>

/** A commit as the other relays are told of it; undefined where there is nothing to tell. */
export function sayCommit({ outcomes, sessions, attention }: Committed): { message: Said; text: string } | undefined {
  const entries: Entry[] = []
  const sessionIds = new Set(sessions.map((session) => session.sessionId))
  for (const outcome of outcomes) {
    if (outcome.verdict !== 'accepted') continue
    entries.push(outcome.entry)
    sessionIds.add(outcome.entry.sessionId)
  }
  if (sessionIds.size === 0 && attention.length === 0) return undefined
  const projectIds = new Set([...sessions, ...attention].map(({ projectId }) => projectId))
  const message: Said = {
    type: 'committed',
    sessionIds: [...sessionIds],
    projectIds: [...projectIds],
    inputs: entries.some((entry) => laneOf(entry) !== undefined),
  }
  return { message, text: JSON.stringify({ entries, sessions, attention }) }
}

/** What is looked at here; bodies and all else go on as they stand, since it was this program that wrote them. */
function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false
  const { sessionId, seq, kind, response }: Partial<Record<keyof Entry, unknown>> = value
  return typeof sessionId === 'string' && isSeq(seq) && typeof kind === 'string' && typeof response === 'string'
}

function isSeq(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0
}

const commitSchema = z.object({
  entries: z.array(z.custom<Entry>(isEntry)),
  sessions: z.array(sessionSummarySchema),
  attention: z.array(z.object({ projectId: z.string(), attention: attentionSchema })),
})

/** The commit that another relay told of; undefined where it is none. */
export function hearCommit(text: string): Committed | undefined {
  const { data } = commitSchema.safeParse(jsonOf(text))
  if (data === undefined) return undefined
  const { entries, ...rest } = data
  return { outcomes: entries.map((entry) => ({ verdict: 'accepted', entry })), ...rest }
}
