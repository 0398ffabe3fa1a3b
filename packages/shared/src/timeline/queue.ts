import { z } from 'zod'
import type { NoticeBody, QueueBody } from '../types/bodies.ts'

/** Commands that wait for their turn, in order. All pure; what does not wait is left as it is. */

/** What an observer asked for. Only moving shows at once: a text is changed when the agent says so. */
export function wishQueue(queue: readonly string[], { action, commandId, before }: QueueBody): string[] {
  return action === 'move' ? move(queue, commandId, before) : [...queue]
}

/** What the agent did with the queue. */
export type QueueTold = { action: string; commandId: string; command?: string | undefined }

const toldSchema = z.looseObject({ action: z.string(), commandId: z.string(), command: z.string().optional() })

/** Undefined: the notice is about something else. */
export function toldOfQueue(notice: NoticeBody): QueueTold | undefined {
  return notice.type === 'queue' ? toldSchema.safeParse(notice).data : undefined
}

export function applyQueue(queue: readonly string[], { action, commandId }: QueueTold): string[] {
  return action === 'send_now' ? move(queue, commandId, queue[0]) : [...queue]
}

function move(queue: readonly string[], commandId: string, before: string | undefined): string[] {
  if (!queue.includes(commandId) || before === commandId) return [...queue]
  const others = queue.filter((other) => other !== commandId)
  const place = before === undefined ? others.length : others.indexOf(before)
  return place === -1 ? [...queue] : others.toSpliced(place, 0, commandId)
}
