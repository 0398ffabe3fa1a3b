import {
  isNewsOver,
  LONG_RUN_MS,
  runFinishedBodySchema,
  type Entry,
  type NoteKind,
  type SessionSummary,
} from '@farhand/shared'
import type { PushNews, PushRecord } from '../log/push/store.ts'

/** Who has a page in sight: one with that session, or any with a session at all. */
export type InSight = { session: boolean; any: boolean }

/** What becomes of news that have waited for their moment. `wait`: a page shows the request; its reader may yet leave. Pure. */
export function decideNews(
  news: PushNews,
  session: SessionSummary | undefined,
  inSight: InSight,
): 'tell' | 'wait' | 'drop' {
  if (session === undefined || isNewsOver(news, session)) return 'drop'
  switch (news.kind) {
    case 'need':
      return inSight.session ? 'wait' : 'tell'
    case 'failed':
      return inSight.session ? 'drop' : 'tell'
    case 'finished':
      return inSight.any || session.running > 0 ? 'drop' : 'tell'
    default:
      return news.kind satisfies never
  }
}

/** Who wants to be told of it: who chose the kind, before it happened. Pure. */
export function whoWants(pushes: readonly PushRecord[], { kind, at }: Pick<PushNews, 'kind' | 'at'>): PushRecord[] {
  return pushes.filter(({ kinds, createdAt }) => kinds.includes(kind) && createdAt < at)
}

/** What the end of a command is worth telling as; undefined for what is no end, was stopped, or is no surprise. Pure. */
export function kindOfEnd({
  status,
  code,
  response,
}: Pick<Entry, 'status' | 'code' | 'response'>): NoteKind | undefined {
  switch (status) {
    case 'streaming':
      return undefined
    case 'error':
      return code === 'CANCELLED' ? undefined : 'failed'
    case 'complete':
      return durationOf(response) >= LONG_RUN_MS ? 'finished' : undefined
    default:
      return status satisfies never
  }
}

/** One of the two numbers that the relay reads in a body, beside the cost: there is one such body per command. */
function durationOf(response: string): number {
  try {
    return runFinishedBodySchema.safeParse(JSON.parse(response)).data?.durationMs ?? 0
  } catch {
    return 0 // not a body that we know
  }
}
