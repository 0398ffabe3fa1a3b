import type { StoredInput } from '../spool/inbox.ts'

/** Commands of a session that wait, in the order in which they will run (CMD6). All pure. */
export type Queue = readonly StoredInput[]

export function enqueue(queue: Queue, item: StoredInput): Queue {
  return [...queue, item].sort((a, b) => a.position - b.position)
}

export function find(queue: Queue, commandId: string): StoredInput | undefined {
  return queue.find((item) => item.input.inputId === commandId)
}

export function remove(queue: Queue, commandId: string): Queue {
  return queue.filter((item) => item.input.inputId !== commandId)
}

/** The changed command in its place. */
export function replace(queue: Queue, item: StoredInput): Queue {
  return enqueue(remove(queue, item.input.inputId), item)
}

/** @param before the command that it is to stand before; left out: the end. `undefined` where that one does not wait. */
export function positionBefore(queue: Queue, before: string | undefined): number | undefined {
  if (before === undefined) return (queue.at(-1)?.position ?? 0) + 1
  const index = queue.findIndex((item) => item.input.inputId === before)
  const next = queue[index]
  if (next === undefined) return undefined
  const previous = queue[index - 1]
  return previous === undefined ? next.position - 1 : (previous.position + next.position) / 2
}

export function positionFirst(queue: Queue): number {
  return (queue[0]?.position ?? 1) - 1
}
