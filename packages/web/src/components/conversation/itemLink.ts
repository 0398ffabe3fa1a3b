import type { TimelineItem } from '@farhand/shared'

/** What is after the `#` of an address that leads to one item of a session: where it stands in the log, and which it is. */
export type LinkedItem = Pick<TimelineItem, 'seq' | 'id'>

const LINKED = /^#(\d{1,15})\/(.+)$/s

/** As the router takes it: not yet escaped. Pure. */
export function hashOf({ seq, id }: LinkedItem): string {
  return `#${seq}/${id}`
}

/** Undefined: this address leads to no item. Pure. */
export function linkedItem(hash: string): LinkedItem | undefined {
  const [, seq, id] = LINKED.exec(hash) ?? []
  return seq === undefined || id === undefined ? undefined : { seq: Number(seq), id }
}
