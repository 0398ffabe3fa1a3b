import { ERROR_CODES, type FarhandError } from '@farhand/shared'
import { keptCommandSchema, type KeptCommand } from '../services/outboxStorage.ts'

/** So many commands may wait on one device. */
export const MAX_KEPT_COMMANDS = 100
/** What was written longer ago than this was meant for another moment: a person is asked before it is sent. */
export const OLD_AFTER_MS = 30 * 60 * 1000

export type OutboxItem = KeptCommand & {
  /** `saving`: not yet in the storage. `sent`: acknowledged, its entry is not here yet. */
  state: 'saving' | 'kept' | 'sending' | 'sent' | 'failed'
  /** The storage did not take it: only this tab has it, and only this tab can send it. */
  unstored?: true
  /** Why the relay does not take it just now; it is tried again. */
  hold?: { code: string; message: string }
  /** Until then it is not sent again, because the relay asked for that or did not answer. */
  notBefore?: number
}

type Due = Pick<OutboxItem, 'sessionId' | 'state' | 'unstored' | 'notBefore'>

/**
 * What to hand over now: the oldest of each session that has nothing under way. One at a time keeps their order, so what
 * has to wait holds up its session, and no other. `now` left out: nothing has to wait. Pure.
 */
export function dueItems<Item extends Due>(
  items: readonly Item[],
  busy: ReadonlySet<string>,
  leads: boolean,
  now = Number.POSITIVE_INFINITY,
): Item[] {
  const blocked = new Set(busy)
  return items.filter(({ sessionId, state, unstored, notBefore = 0 }) => {
    if (state === 'failed' || state === 'sent' || blocked.has(sessionId)) return false
    blocked.add(sessionId)
    return state === 'kept' && (leads || unstored === true) && notBefore <= now
  })
}

/** When to look again for what has to wait. Undefined: nothing does. Pure. */
export function nextDue(items: readonly Due[], now: number): number | undefined {
  const later = items.flatMap(({ state, notBefore = 0 }) => (state === 'kept' && notBefore > now ? [notBefore] : []))
  return later.length === 0 ? undefined : Math.min(...later)
}

/** Whether a refusal may pass by itself, so that the command is kept and sent again. */
export function mayPass(code: FarhandError['code']): boolean {
  return ERROR_CODES[code].retryable || code === 'UNAUTHENTICATED'
}

/** Sending the very same again would be refused again. */
const FOR_GOOD: ReadonlySet<string> = new Set(['BAD_REQUEST', 'TOO_LARGE', 'IDEMPOTENCY_CONFLICT'])

export function canRetry({ failure }: Pick<KeptCommand, 'failure'>): boolean {
  return failure !== undefined && !FOR_GOOD.has(failure.code)
}

export function isOld({ at, confirmedAt }: Pick<KeptCommand, 'at' | 'confirmedAt'>, now: number): boolean {
  return now - (confirmedAt ?? at) > OLD_AFTER_MS
}

/** Does it count against the limit? What the relay has does not wait here any more. */
export function isWaiting({ state }: Pick<OutboxItem, 'state'>): boolean {
  return state !== 'sent'
}

/**
 * The list after another tab changed the storage, oldest first. What this tab holds alone or has under way stays as it
 * is. What is in the storage no more was sent or given up elsewhere; its entry comes with the log. Pure.
 */
export function reconcile(here: readonly OutboxItem[], stored: readonly KeptCommand[]): OutboxItem[] {
  const known = new Map(here.map((item) => [item.commandId, item]))
  const inStorage = new Set(stored.map((command) => command.commandId))
  const own = here.filter(
    (item) =>
      !inStorage.has(item.commandId) && (item.unstored === true || item.state === 'saving' || item.state === 'sent'),
  )
  const shared = stored.map((command) => {
    const item = known.get(command.commandId)
    return item?.state === 'sending' || item?.state === 'sent' ? item : asLoaded(command, item)
  })
  return [...own, ...shared].toSorted((a, b) => a.at - b.at)
}

function asLoaded(command: KeptCommand, before: OutboxItem | undefined): OutboxItem {
  const state = command.failure === undefined ? 'kept' : 'failed'
  if (state === 'failed' || before === undefined) return { ...command, state }
  const { hold, notBefore } = before
  return {
    ...command,
    ...(hold === undefined ? {} : { hold }),
    ...(notBefore === undefined ? {} : { notBefore }),
    state,
  }
}

/** What belongs into the storage: a plain copy, without what only this tab knows. */
export function asKept(item: OutboxItem): KeptCommand {
  return keptCommandSchema.parse(item)
}
