import { z } from 'zod'
import { attachedFileSchema } from '../protocols/attachments.ts'
import type { AttachedBody, NoticeBody } from '../types/bodies.ts'
import type { MessageItem, TimelineItem } from './timeline.ts'

const filesSchema = z.array(attachedFileSchema).min(1)

/** The message with the files that the relay says go with it; `undefined`: the message is not read. Pure. */
export function withFiles(message: TimelineItem | undefined, { files }: AttachedBody): MessageItem | undefined {
  if (message?.type !== 'message' || files.length === 0) return undefined
  return { ...message, attachments: files }
}

/** The message with the files that the agent says went with it; `undefined`: the notice says something else. Pure. */
export function withAttached(message: TimelineItem | undefined, notice: NoticeBody): MessageItem | undefined {
  if (message?.type !== 'message' || notice.type !== 'attachments') return undefined
  const files = filesSchema.safeParse(notice['files']).data
  return files === undefined ? undefined : { ...message, attachments: files }
}
