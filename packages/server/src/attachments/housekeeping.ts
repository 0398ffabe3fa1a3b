import type { Logger } from '../logger.ts'
import { repeat } from '../repeat.ts'
import type { AttachmentStore } from './attachmentStore.ts'

const SWEEP_EVERY_MS = 60 * 60 * 1000

/** Removes old attachments, at the start and every hour. @returns what ends it */
export function sweepAttachments(attachments: Pick<AttachmentStore, 'sweep'>, logger: Logger): () => void {
  return repeat(() => attachments.sweep(), {
    everyMs: SWEEP_EVERY_MS,
    firstAfterMs: 0,
    onError: (error) => logger.warn({ err: error }, 'old attachments could not be removed'),
  })
}
