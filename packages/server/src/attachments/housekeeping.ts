import type { Logger } from '../logger.ts'
import type { AttachmentStore } from './attachmentStore.ts'

const SWEEP_EVERY_MS = 60 * 60 * 1000

/** Removes old attachments, at the start and every hour. @returns what ends it */
export function sweepAttachments(attachments: Pick<AttachmentStore, 'sweep'>, logger: Logger): () => void {
  const sweep = (): void => {
    attachments.sweep().catch((error: unknown) => logger.warn({ err: error }, 'old attachments could not be removed'))
  }
  sweep()
  const timer = setInterval(sweep, SWEEP_EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}
