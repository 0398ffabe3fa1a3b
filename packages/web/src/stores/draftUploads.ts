import { asFarhandError } from '../services/api.ts'
import { pauseUnlessOnline, relayUploads, upload } from '../services/upload.ts'
import { sha256Of } from '../services/uploadFile.ts'
import { inTurns } from '../services/uploadTurns.ts'
import type { DraftFile } from './draftFiles.ts'

/** More than this would only share the line. */
const UPLOADS_AT_ONCE = 2

/** What a file needs to go up: the file itself, and where to. */
type Source = { file: File; projectId: string; stop: AbortController }

/** Brings the files of drafts to the relay, in the order in which they came; their states tell how far they are. */
export function draftUploads({
  find,
  change,
}: {
  find(id: string): DraftFile | undefined
  change(id: string, to: Pick<DraftFile, 'state'>): void
}) {
  const sources = new Map<string, Source>()
  const inTurn = inTurns(UPLOADS_AT_ONCE)

  function start(id: string, file: File, projectId: string): void {
    const source = { file, projectId, stop: new AbortController() }
    sources.set(id, source)
    void inTurn(() => bringUp(id, source))
  }

  /** A door: whatever goes wrong with a file is its state. */
  async function bringUp(id: string, { file, projectId, stop: { signal } }: Source): Promise<void> {
    try {
      signal.throwIfAborted()
      const sha256 = await sha256Of(file, signal)
      const draft = find(id)
      if (draft === undefined) return
      const { name, mediaType, bytes } = draft
      let received = 0
      const tell = (state: 'uploading' | 'waiting'): void => change(id, { state: { name: state, received } })
      const parts = {
        api: relayUploads,
        pause: pauseUnlessOnline,
        random: Math.random,
        onProgress(now: number): void {
          received = now
          tell('uploading')
        },
        onWaiting: () => tell('waiting'),
      }
      await upload(parts, file, projectId, { attachmentId: id, name, mediaType, bytes, sha256 }, signal)
      change(id, { state: { name: 'ready' } })
      sources.delete(id)
    } catch (error) {
      if (!signal.aborted) change(id, { state: { name: 'failed', reason: asFarhandError(error).message } })
    }
  }

  /** One that failed is tried once more. */
  function retry(id: string): void {
    const source = sources.get(id)
    if (source === undefined || find(id)?.state.name !== 'failed') return
    change(id, { state: { name: 'reading' } })
    start(id, source.file, source.projectId)
  }

  function giveUp(id: string): void {
    sources.get(id)?.stop.abort()
    sources.delete(id)
  }

  return { start, retry, giveUp }
}
