import { isShownImage, safeName, type AttachedFile } from '@farhand/shared'
import { defineStore } from 'pinia'
import { reactive, shallowReactive, watch } from 'vue'
import type { KeptFile } from '../services/draftStorage.ts'
import { newId } from '../services/ids.ts'
import { fitPicture } from '../services/pictureSize.ts'
import { lookAt, whyTooMany } from '../services/uploadFile.ts'
import { attachmentTexts as texts } from '../texts/attachments.ts'
import { asAttached, type DraftFile, type FileState } from './draftFiles.ts'
import { draftUploads } from './draftUploads.ts'
import { useNoticeStore } from './noticeStore.ts'
import { useOutboxStore } from './outboxStore.ts'

/** The files of drafts, by session, on their way to the relay. They go on while another session is looked at. */
export const useAttachmentStore = defineStore('attachments', () => {
  const { of, set, find, change } = draftLists()
  const { refuse, refusalsOf, dismiss } = refusalLists()
  const { ofCommand } = sentFiles()
  const uploads = draftUploads({ find, change })
  const notices = useNoticeStore()

  /** Takes files in, or says of each why it is not taken. Resolves when it is known of all. */
  async function add(sessionId: string, projectId: string, picked: readonly File[]): Promise<void> {
    dismiss(sessionId)
    await Promise.all(picked.map((file) => addOne(sessionId, projectId, file)))
  }

  async function addOne(sessionId: string, projectId: string, picked: File): Promise<void> {
    const said = { name: safeName(picked.name), bytes: picked.size }
    const tooMany = whyTooMany(said.name, of(sessionId).length)
    if (tooMany !== undefined) return refuse(sessionId, tooMany)
    const id = newId()
    const draft: DraftFile = { id, ...said, mediaType: 'application/octet-stream', state: { name: 'reading' } }
    set(sessionId, [...of(sessionId), draft])
    const { file, scaled } = await fitPicture(picked)
    const looked = await lookAt(file)
    if (find(id) === undefined) return // removed meanwhile
    if ('refusal' in looked) {
      remove(sessionId, id)
      return refuse(sessionId, looked.refusal)
    }
    const { mediaType } = looked
    if (scaled !== undefined) notices.show(texts.scaled(said.name, scaled.width, scaled.height))
    change(id, {
      mediaType,
      bytes: file.size,
      ...(isShownImage(mediaType) ? { preview: URL.createObjectURL(file) } : {}),
    })
    uploads.start(id, file, projectId)
  }

  /** The relay says that it does not have it any more. */
  function lose(id: string): void {
    if (find(id)?.state.name === 'ready') change(id, { state: { name: 'lost' } })
  }

  function remove(sessionId: string, id: string): void {
    drop(find(id))
    set(
      sessionId,
      of(sessionId).filter((file) => file.id !== id),
    )
  }

  /** The message goes: what was attached to it is the outbox's from here on. */
  function take(sessionId: string): AttachedFile[] {
    const files = of(sessionId)
    files.forEach(drop)
    set(sessionId, [])
    dismiss(sessionId)
    return files.map(asAttached)
  }

  /** A message that was not sent: its files are with the relay, and in the draft again. */
  function giveBack(sessionId: string, files: readonly AttachedFile[]): void {
    const fresh = files.filter(({ id }) => find(id) === undefined)
    set(sessionId, [...of(sessionId), ...fresh.map((file) => ({ ...file, state: { name: 'ready' as const } }))])
  }

  /**
   * What a kept draft holds stands here from now on; what is under way in this tab goes on.
   * @param elsewhere another tab wrote it, and may still bring up what is not up yet
   */
  function adopt(sessionId: string, kept: readonly KeptFile[], elsewhere: boolean): void {
    const here = of(sessionId)
    const ids = new Set(kept.map(({ id }) => id))
    here.filter(({ id }) => !ids.has(id)).forEach(drop)
    set(
      sessionId,
      kept.flatMap((file) => here.find(({ id }) => id === file.id) ?? fromKept(file, elsewhere) ?? []),
    )
  }

  function drop(file: DraftFile | undefined): void {
    if (file === undefined) return
    uploads.giveUp(file.id)
    if (file.preview !== undefined) URL.revokeObjectURL(file.preview)
  }

  return { of, refusalsOf, dismiss, add, retry: uploads.retry, lose, remove, take, giveBack, adopt, ofCommand }
})

function draftLists() {
  const drafts = reactive(new Map<string, readonly DraftFile[]>())

  function find(id: string): DraftFile | undefined {
    for (const files of drafts.values()) {
      const file = files.find((each) => each.id === id)
      if (file !== undefined) return file
    }
    return undefined
  }

  return {
    of: (sessionId: string): readonly DraftFile[] => drafts.get(sessionId) ?? [],
    set: (sessionId: string, files: readonly DraftFile[]): void => void drafts.set(sessionId, files),
    find,
    change(id: string, to: Partial<Pick<DraftFile, 'state' | 'mediaType' | 'bytes' | 'preview'>>): void {
      const file = find(id)
      if (file !== undefined) Object.assign(file, to)
      else if (to.preview !== undefined) URL.revokeObjectURL(to.preview)
    },
  }
}

/** Why files were not taken, until somebody has seen it. */
function refusalLists() {
  const refusals = reactive(new Map<string, readonly string[]>())
  const refusalsOf = (sessionId: string): readonly string[] => refusals.get(sessionId) ?? []
  return {
    refusalsOf,
    refuse: (sessionId: string, reason: string): void =>
      void refusals.set(sessionId, [...refusalsOf(sessionId), reason]),
    dismiss: (sessionId: string): void => void refusals.delete(sessionId),
  }
}

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
