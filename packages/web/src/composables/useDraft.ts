import { useEventListener } from '@vueuse/core'
import { onScopeDispose, ref, watch, type Ref } from 'vue'
import {
  draftKey,
  isEmptyDraft,
  parseDraft,
  writeDraft,
  type DraftStorage,
  type KeptDraft,
} from '../services/draftStorage.ts'
import { useAttachmentStore } from '../stores/attachmentStore.ts'
import { useConnectionStore } from '../stores/connectionStore.ts'
import { useDeviceStore } from '../stores/deviceStore.ts'
import { asKeptFiles } from '../stores/draftFiles.ts'
import { useNoticeStore } from '../stores/noticeStore.ts'

const WRITE_AFTER_MS = 250
const NOT_KEPT = 'This browser does not keep what you type: it is lost with the page.'

export type Draft = {
  text: Ref<string>
  /** Where in the text its writer is. */
  caret: Ref<number>
  /**
   * Text and files were sent: the field is emptied if nobody typed on. Their copy stays until `settled` resolves; where it
   * rejects, they come back.
   */
  sent(text: string, settled: Promise<unknown>): void
  /** Somebody typed here what stands in the field: it was not kept before, nor typed in another tab. */
  isTyped(): boolean
  /** Puts a text under what stands in the field, and keeps it at once. */
  add(text: string): void
}

/** What a person is typing in a session and what is attached to it, kept on this device until it is sent. */
export function useDraft(sessionId: string, storage: DraftStorage = localStorage): Draft {
  const connection = useConnectionStore()
  const attachments = useAttachmentStore()
  const copies = useCopies(sessionId, storage)
  const text = ref('')
  const caret = ref(0)
  let person: string | undefined
  /** What the copies hold: only what differs from it is written, so that a tab that just watches writes nothing back. */
  let saved: KeptDraft = { text: '', at: 0 }
  /** The text that came from a copy. */
  let adopted = ''
  let held = false
  let timer: ReturnType<typeof setTimeout> | undefined

  /** What is in the field now, as a copy would hold it. */
  function here(at: number): KeptDraft {
    const files = asKeptFiles(attachments.of(sessionId))
    return {
      text: text.value,
      ...(text.value === '' ? {} : { caret: Math.min(caret.value, text.value.length) }),
      ...(files.length === 0 ? {} : { files }),
      at,
    }
  }

  const isSaved = (): boolean => JSON.stringify(here(saved.at)) === JSON.stringify(saved)

  /** @param elsewhere another tab wrote it just now */
  function adopt(draft: KeptDraft, elsewhere = false): void {
    adopted = draft.text
    text.value = draft.text
    caret.value = draft.caret ?? draft.text.length
    attachments.adopt(sessionId, draft.files ?? [], elsewhere)
    saved = here(draft.at)
  }

  function load(personId: string | undefined): void {
    if (personId === undefined || personId === person) return // signed out: what is typed is still its writer's
    const typed = text.value !== saved.text
    person = personId
    if (typed) return write()
    adopt(copies.read(personId) ?? { text: '', at: 0 })
    void copies.readOther(personId).then((copy) => {
      if (copy !== undefined && copy.at > saved.at && isSaved() && person === personId) adopt(copy)
    })
  }

  function write(): void {
    clearTimeout(timer)
    const now = here(Date.now())
    if (isSaved() || (held && isEmptyDraft(now)) || person === undefined) return
    saved = now
    copies.write(person, now)
  }

  function sent(what: string, settled: Promise<unknown>): void {
    if (text.value !== what) return
    write() // so that the copy holds all of it until it is safe elsewhere
    held = true
    text.value = ''
    const files = attachments.take(sessionId)
    const release = (): void => {
      held = false
      write()
    }
    settled.then(release, () => {
      if (text.value === '') text.value = what
      attachments.giveBack(sessionId, files)
      release()
    })
  }

  function add(more: string): void {
    text.value = text.value.trim() === '' ? more : `${text.value}\n${more}`
    caret.value = text.value.length
    write()
  }

  /** Another tab of this browser changed it, and nobody types here. */
  function onStorage({ key, newValue }: StorageEvent): void {
    if (person === undefined || key !== draftKey(person, sessionId)) return
    if (!document.hasFocus() && isSaved()) adopt(parseDraft(newValue) ?? { text: '', at: Date.now() }, true)
  }

  function writeSoon(): void {
    clearTimeout(timer)
    timer = setTimeout(write, WRITE_AFTER_MS)
  }

  watch(() => connection.personId, load, { immediate: true, flush: 'sync' })
  watch(text, writeSoon)
  watch(() => JSON.stringify(asKeptFiles(attachments.of(sessionId))), writeSoon)
  useEventListener(window, 'storage', onStorage)
  useEventListener(window, 'pagehide', write)
  useEventListener(document, 'visibilitychange', write)
  onScopeDispose(write)
  return { text, caret, sent, isTyped: () => text.value !== adopted, add }
}

/** Both copies of a draft. Storage may be full or switched off: then the text lives as long as its field, and that is told. */
function useCopies(sessionId: string, storage: DraftStorage) {
  const device = useDeviceStore()
  const notices = useNoticeStore()

  function orNotice<T>(act: () => T): T | undefined {
    try {
      return act()
    } catch {
      notices.showOnce('drafts', NOT_KEPT)
      return undefined
    }
  }

  return {
    read: (person: string) => orNotice(() => parseDraft(storage.getItem(draftKey(person, sessionId)))),
    /** It may be newer, where the browser was killed before it wrote the first. */
    async readOther(person: string): Promise<KeptDraft | undefined> {
      const opened = await device.opening
      return await opened?.drafts.read(person, sessionId).catch(() => undefined) // then there is the one copy
    },
    write(person: string, draft: KeptDraft): void {
      orNotice(() => writeDraft(storage, draftKey(person, sessionId), draft))
      // Full or closed: the first copy is there, or was told to be missing.
      void device.opening?.then((opened) => opened.drafts.write(person, sessionId, draft)).catch(() => undefined)
    },
  }
}
