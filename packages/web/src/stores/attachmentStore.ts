import { isShownImage, safeName, type AttachedFile } from '@farhand/shared'
import { defineStore } from 'pinia'
import { reactive, shallowReactive, watch } from 'vue'
import { asFarhandError } from '../services/api.ts'
import type { KeptFile } from '../services/draftStorage.ts'
import { newId } from '../services/ids.ts'
import { pauseUnlessOnline, relayUploads, upload } from '../services/upload.ts'
import { lookAt, sha256Of, whyTooMuch } from '../services/uploadFile.ts'
import { inTurns } from '../services/uploadTurns.ts'
import { asAttached, type DraftFile, type FileState } from './draftFiles.ts'
import { useOutboxStore } from './outboxStore.ts'

/** More than this would only share the line. */
const UPLOADS_AT_ONCE = 2

/** What a file needs to go up: the file itself, and where to. */
type Source = { file: File; projectId: string; stop: AbortController }

/** The files of drafts, by session, on their way to the relay. They go on while another session is looked at. */
export const useAttachmentStore = defineStore('attachments', () => {
  const drafts = reactive(new Map<string, DraftFile[]>())
  /** Why files were not taken, until somebody has seen it. */
  const refusals = reactive(new Map<string, string[]>())
  const sources = new Map<string, Source>()
  const { ofCommand } = sentFiles()
  const inTurn = inTurns(UPLOADS_AT_ONCE)

  const of = (sessionId: string): readonly DraftFile[] => drafts.get(sessionId) ?? []
  const refusalsOf = (sessionId: string): readonly string[] => refusals.get(sessionId) ?? []
  const dismiss = (sessionId: string): void => void refusals.delete(sessionId)

  /** Takes files in, or says of each why it is not taken. Resolves when it is known of all. */
  async function add(sessionId: string, projectId: string, picked: readonly File[]): Promise<void> {
    dismiss(sessionId)
    await Promise.all(picked.map((file) => addOne(sessionId, projectId, file)))
  }

  async function addOne(sessionId: string, projectId: string, file: File): Promise<void> {
    const said = { name: safeName(file.name), bytes: file.size }
    const tooMuch = whyTooMuch(said, of(sessionId).length)
    if (tooMuch !== undefined) return refuse(sessionId, tooMuch)
    const id = newId()
    const draft: DraftFile = { id, ...said, mediaType: 'application/octet-stream', state: { name: 'reading' } }
    drafts.set(sessionId, [...of(sessionId), draft])
    const looked = await lookAt(file)
    if (find(id) === undefined) return // removed meanwhile
    if ('refusal' in looked) {
      remove(sessionId, id)
      return refuse(sessionId, looked.refusal)
    }
    const { mediaType } = looked
    change(id, { mediaType, ...(isShownImage(mediaType) ? { preview: URL.createObjectURL(file) } : {}) })
    start(id, { file, projectId, stop: new AbortController() })
  }

  function refuse(sessionId: string, reason: string): void {
    refusals.set(sessionId, [...refusalsOf(sessionId), reason])
  }

  function start(id: string, source: Source): void {
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

  function retry(id: string): void {
    const source = sources.get(id)
    if (source === undefined || find(id)?.state.name !== 'failed') return
    change(id, { state: { name: 'reading' } })
    start(id, source)
  }

  /** The relay says that it does not have it any more. */
  function lose(id: string): void {
    if (find(id)?.state.name === 'ready') change(id, { state: { name: 'lost' } })
  }

  function remove(sessionId: string, id: string): void {
    drop(find(id))
    drafts.set(
      sessionId,
      of(sessionId).filter((file) => file.id !== id),
    )
  }

  /** The message goes: what was attached to it is the outbox's from here on. */
  function take(sessionId: string): AttachedFile[] {
    const files = of(sessionId)
    files.forEach(drop)
    drafts.delete(sessionId)
    dismiss(sessionId)
    return files.map(asAttached)
  }

  /** A message that was not sent: its files are with the relay, and in the draft again. */
  function giveBack(sessionId: string, files: readonly AttachedFile[]): void {
    const fresh = files.filter(({ id }) => find(id) === undefined)
    drafts.set(sessionId, [...of(sessionId), ...fresh.map((file) => ({ ...file, state: { name: 'ready' as const } }))])
  }

  /**
   * What a kept draft holds stands here from now on; what is under way in this tab goes on.
   * @param elsewhere another tab wrote it, and may still bring up what is not up yet
   */
  function adopt(sessionId: string, kept: readonly KeptFile[], elsewhere: boolean): void {
    const here = of(sessionId)
    const ids = new Set(kept.map(({ id }) => id))
    here.filter(({ id }) => !ids.has(id)).forEach(drop)
    const next = kept.flatMap((file) => here.find(({ id }) => id === file.id) ?? fromKept(file, elsewhere) ?? [])
    if (next.length > 0) drafts.set(sessionId, next)
    else drafts.delete(sessionId)
  }

  function find(id: string): DraftFile | undefined {
    for (const files of drafts.values()) {
      const file = files.find((each) => each.id === id)
      if (file !== undefined) return file
    }
    return undefined
  }

  function change(id: string, to: Partial<Pick<DraftFile, 'state' | 'mediaType' | 'preview'>>): void {
    const file = find(id)
    if (file !== undefined) Object.assign(file, to)
    else if (to.preview !== undefined) URL.revokeObjectURL(to.preview)
  }

  function drop(file: DraftFile | undefined): void {
    if (file === undefined) return
    sources.get(file.id)?.stop.abort()
    sources.delete(file.id)
    if (file.preview !== undefined) URL.revokeObjectURL(file.preview)
  }

  return { of, refusalsOf, dismiss, add, retry, lose, remove, take, giveBack, adopt, ofCommand }
})

function fromKept({ up, ...file }: KeptFile, elsewhere: boolean): DraftFile | undefined {
  if (!up && elsewhere) return undefined
  const state: FileState = up ? { name: 'ready' } : { name: 'lost' }
  return { ...file, state }
}

/** What went with the messages of this browser: the log tells it only when their turn has come. */
function sentFiles() {
  const outbox = useOutboxStore()
  const sent = shallowReactive(new Map<string, readonly AttachedFile[]>())
  watch(
    () => outbox.items,
    (items) => {
      for (const { commandId, files } of items) if (files !== undefined) sent.set(commandId, files)
    },
    { immediate: true },
  )
  return { ofCommand: (commandId: string): readonly AttachedFile[] => sent.get(commandId) ?? [] }
}
