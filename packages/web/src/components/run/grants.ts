import type { Timeline } from '@farhand/shared'
import { z } from 'zod'

/** What somebody allowed for a while, and is still allowed. */
export type Grant = { grantId: string; rule: string; until: number; by: string }

const grantSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('begun'), grantId: z.string(), rule: z.string(), until: z.number() }),
  z.object({ state: z.literal('ended'), grantId: z.string() }),
])

/** The one that lasts longest first. Pure. */
export function runningGrants(timeline: Timeline, now: number): Grant[] {
  const running = new Map<string, Grant>()
  for (const item of timeline.items) {
    if (item.type !== 'notice' || item.notice.type !== 'grant') continue
    const told = grantSchema.safeParse(item.notice).data
    if (told === undefined) continue // only why nothing was granted
    const { grantId } = told
    if (told.state === 'ended') running.delete(grantId)
    else running.set(grantId, { grantId, rule: told.rule, until: told.until, by: whoDecided(timeline, grantId) })
  }
  return [...running.values()].filter(({ until }) => until > now).toSorted((a, b) => b.until - a.until)
}

/** A grant has the id of the request that was answered with it. */
function whoDecided({ items, positions }: Timeline, requestId: string): string {
  const position = positions.get(`request:${requestId}`)
  const item = position === undefined ? undefined : items[position]
  if (item?.type !== 'request' || item.state.name === 'open') return ''
  return item.state.by?.device ?? item.state.by?.name ?? ''
}
