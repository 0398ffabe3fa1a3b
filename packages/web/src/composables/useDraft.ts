import { useEventListener } from '@vueuse/core'
import { onScopeDispose, ref, watch, type Ref } from 'vue'
import { draftKey, parseDraft, writeDraft, type DraftStorage, type KeptDraft } from '../services/draftStorage.ts'
import { useConnectionStore } from '../stores/connectionStore.ts'
import { useDeviceStore } from '../stores/deviceStore.ts'
import { useNoticeStore } from '../stores/noticeStore.ts'

const WRITE_AFTER_MS = 250
const NOT_KEPT = 'This browser does not keep what you type: it is lost with the page.'

export type Draft = {
  text: Ref<string>
  /**
   * The text was sent: the field is emptied if nobody typed on. Its copy stays until `settled` resolves; where it
   * rejects, the text comes back.
   */
  sent(text: string, settled: Promise<unknown>): void
}

/** What a person is typing in a session, kept on this device until it is sent. */
export function useDraft(sessionId: string, storage: DraftStorage = localStorage): Draft {
  const connection = useConnectionStore()
  const copies = useCopies(sessionId, storage)
  const text = ref('')
  let person: string | undefined
  /** What the copies hold: only what differs from it is written, so that a tab that just watches writes nothing back. */
  let saved: KeptDraft = { text: '', at: 0 }
  let held = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function adopt(draft: KeptDraft): void {
    saved = draft
    text.value = draft.text
  }

  function load(personId: string | undefined): void {
    if (personId === undefined || personId === person) return // signed out: what is typed is still its writer's
    const typed = text.value !== saved.text
    person = personId
    if (typed) return write()
    adopt(copies.read(personId) ?? { text: '', at: 0 })
    void copies.readOther(personId).then((copy) => {
      if (copy !== undefined && copy.at > saved.at && text.value === saved.text && person === personId) adopt(copy)
    })
  }

  function write(): void {
    clearTimeout(timer)
    if (text.value === saved.text || (held && text.value === '') || person === undefined) return
    saved = { text: text.value, at: Date.now() }
    copies.write(person, saved)
  }

  function sent(what: string, settled: Promise<unknown>): void {
    if (text.value !== what) return
    write() // so that the copy holds all of it until it is safe elsewhere
    held = true
    text.value = ''
    const release = (): void => {
      held = false
      write()
    }
    settled.then(release, () => {
      if (text.value === '') text.value = what
      release()
    })
  }

  /** Another tab of this browser changed it, and nobody types here. */
  function onStorage({ key, newValue }: StorageEvent): void {
    if (person === undefined || key !== draftKey(person, sessionId)) return
    if (!document.hasFocus() && text.value === saved.text) adopt(parseDraft(newValue) ?? { text: '', at: Date.now() })
  }

  watch(() => connection.personId, load, { immediate: true, flush: 'sync' })
  watch(text, () => {
    clearTimeout(timer)
    timer = setTimeout(write, WRITE_AFTER_MS)
  })
  useEventListener(window, 'storage', onStorage)
  useEventListener(window, 'pagehide', write)
  useEventListener(document, 'visibilitychange', write)
  onScopeDispose(write)
  return { text, sent }
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
