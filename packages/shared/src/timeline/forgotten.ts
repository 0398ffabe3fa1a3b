import type { NoticeItem, TimelineItem } from './timeline.ts'

/**
 * What a restored log lost comes back as one notice per number, which may be thousands: a run of them is one line that
 * counts. Pure; any other notice stays as it is.
 */
export function joinForgotten(last: TimelineItem | undefined, item: NoticeItem): NoticeItem {
  if (item.notice.type !== 'forgotten' || last?.type !== 'notice' || last.notice.type !== 'forgotten') return item
  const before = last.notice['count']
  const count = (typeof before === 'number' ? before : 1) + 1
  const message = `${count} entries stood here that the relay lost when its log was restored.`
  return { ...last, notice: { ...last.notice, count, message } }
}
