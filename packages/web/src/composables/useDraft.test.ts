import { createPinia, setActivePinia } from 'pinia'
import { effectScope } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { memoryDevice } from '../services/device.ts'
import { draftKey, type DraftStorage, type KeptDraft } from '../services/draftStorage.ts'
import { useConnectionStore } from '../stores/connectionStore.ts'
import { useDeviceStore } from '../stores/deviceStore.ts'
import { useNoticeStore } from '../stores/noticeStore.ts'
import { useAttachmentStore } from '../stores/attachmentStore.ts'
import { settle } from '../testing/world.ts'
import { useDraft, type Draft } from './useDraft.ts'

beforeEach(() => {
  setActivePinia(createPinia())
  useConnectionStore().personId = 'anna'
  vi.useFakeTimers()
  localStorage.clear()
})
afterEach(() => vi.useRealTimers())

function open(sessionId: string, storage?: DraftStorage): { draft: Draft; close: () => void } {
  const scope = effectScope()
  const draft = scope.run(() => useDraft(sessionId, storage))
  if (draft === undefined) throw new Error('the scope is active')
  return { draft, close: () => scope.stop() }
}

const file = (id: string) => ({ id, name: `${id}.png`, mediaType: 'image/png', bytes: 5 })

function stored(sessionId: string, person = 'anna'): string | undefined {
  const source = localStorage.getItem(draftKey(person, sessionId))
  return source === null ? undefined : (JSON.parse(source) as KeptDraft).text
}

/** The database's copy of every draft. */
function useCopies(): Map<string, KeptDraft> {
  const copies = new Map<string, KeptDraft>()
  const drafts = {
    read: (person: string, sessionId: string) => Promise.resolve(copies.get(draftKey(person, sessionId))),
    write: (person: string, sessionId: string, draft: KeptDraft) =>
      Promise.resolve(void copies.set(draftKey(person, sessionId), draft)),
  }
  useDeviceStore().expect(Promise.resolve(memoryDevice({ drafts })))
  return copies
}

test('a draft is there after the page was left at once, and belongs to its session', () => {
  const first = open('a')
  first.draft.text.value = 'half a thought'
  first.close()
  expect(open('a').draft.text.value).toBe('half a thought')
  expect(open('b').draft.text.value).toBe('')
})

test('a page that is put away writes what was typed a moment ago', async () => {
  const { draft, close } = open('a')
  draft.text.value = 'typed just now'
  window.dispatchEvent(new Event('pagehide'))
  expect(stored('a')).toBe('typed just now')
  close()
  await settle()
})

test('[CMD1] a sent text leaves the field, and its copy once the message is kept', async () => {
  const { draft, close } = open('a')
  draft.text.value = 'send me'
  let kept = (): void => {}
  draft.sent('send me', new Promise<void>((resolve) => (kept = resolve)))
  expect(draft.text.value).toBe('')
  await vi.advanceTimersByTimeAsync(300)
  expect(stored('a')).toBe('send me')
  kept()
  await vi.advanceTimersByTimeAsync(0)
  expect(stored('a')).toBeUndefined()
  close()
  expect(open('a').draft.text.value).toBe('')
})

test('[F75] a message that is refused at Send is in the field again', async () => {
  const { draft, close } = open('a')
  draft.text.value = 'the 101st'
  draft.sent('the 101st', Promise.reject(new Error('QUEUE_FULL')))
  await settle()
  expect(draft.text.value).toBe('the 101st')
  close()
  expect(stored('a')).toBe('the 101st')
})

test('what was typed on after sending stays', () => {
  const { draft, close } = open('a')
  draft.text.value = 'next'
  draft.sent('before', Promise.resolve())
  expect(draft.text.value).toBe('next')
  close()
})

test('[F69] after the browser was killed the newer of the two copies counts', async () => {
  const copies = useCopies()
  localStorage.setItem(draftKey('anna', 'a'), JSON.stringify({ text: 'not on the disk yet', at: 1 }))
  copies.set(draftKey('anna', 'a'), { text: 'newer', at: 2 })
  copies.set(draftKey('anna', 'b'), { text: 'only here', at: 2 })
  const a = open('a')
  const b = open('b')
  await settle()
  expect([a.draft.text.value, b.draft.text.value]).toEqual(['newer', 'only here'])
})

test('[F69] what was sent does not come back from an older copy', async () => {
  const copies = useCopies()
  const { draft, close } = open('a')
  draft.text.value = 'send me'
  draft.sent('send me', Promise.resolve())
  await settle()
  close()
  // As after a kill: the removal from localStorage had not reached the disk.
  localStorage.setItem(draftKey('anna', 'a'), JSON.stringify({ text: 'send me', at: Date.now() - 1 }))
  expect(copies.get(draftKey('anna', 'a'))?.text).toBe('')
  const again = open('a')
  await settle()
  expect(again.draft.text.value).toBe('')
})

test('drafts outlive signing out, for the person who wrote them and for nobody else', async () => {
  const connection = useConnectionStore()
  const first = open('a')
  first.draft.text.value = 'mine'
  connection.personId = undefined
  first.close()
  connection.personId = 'ben'
  expect(open('a').draft.text.value).toBe('')
  connection.personId = 'anna'
  expect(open('a').draft.text.value).toBe('mine')
  await settle()
})

test('what is typed before it is known who signed in is kept when it is', () => {
  const connection = useConnectionStore()
  connection.personId = undefined
  const { draft, close } = open('a')
  draft.text.value = 'quick'
  connection.personId = 'anna'
  expect(draft.text.value).toBe('quick')
  expect(stored('a')).toBe('quick')
  close()
})

test('a tab that only watches takes what another tab typed or sent, and writes nothing back', () => {
  vi.spyOn(document, 'hasFocus').mockReturnValue(false)
  const watching = open('a')
  const key = draftKey('anna', 'a')
  window.dispatchEvent(new StorageEvent('storage', { key, newValue: JSON.stringify({ text: 'typed there', at: 5 }) }))
  expect(watching.draft.text.value).toBe('typed there')
  window.dispatchEvent(new StorageEvent('storage', { key, newValue: null }))
  expect(watching.draft.text.value).toBe('')
  watching.close()
  expect(stored('a')).toBeUndefined()
})

test('[F74] a storage that is switched off is told once, and only forgets', () => {
  const broken = {
    getItem: () => null,
    setItem: () => {
      throw new Error('quota')
    },
    removeItem: () => {
      throw new Error('denied')
    },
  }
  const notices = useNoticeStore()
  const { draft, close } = open('a', broken)
  draft.text.value = 'typed'
  window.dispatchEvent(new Event('pagehide'))
  expect(notices.text).toMatch(/does not keep what you type/)
  notices.hide()
  draft.text.value = 'typed more'
  expect(close).not.toThrow()
  expect(notices.text).toBe('')
})

test('what is attached to a draft, and where its writer was in it, are there after a reload', () => {
  const first = open('a')
  first.draft.text.value = 'half a thought'
  first.draft.caret.value = 4
  useAttachmentStore().giveBack('a', [file('00000000-0000-4000-8000-000000000001')])
  first.close()
  setActivePinia(createPinia())
  useConnectionStore().personId = 'anna'
  const again = open('a')
  expect(again.draft.caret.value).toBe(4)
  expect(useAttachmentStore().of('a')).toMatchObject([
    { name: expect.stringContaining('.png'), state: { name: 'ready' } },
  ])
  expect(useAttachmentStore().of('b')).toEqual([])
})

test('a draft that is nothing but a file is kept, goes with its message, and comes back where that is refused', async () => {
  const attachments = useAttachmentStore()
  const { draft, close } = open('a')
  attachments.giveBack('a', [file('00000000-0000-4000-8000-000000000001')])
  await vi.advanceTimersByTimeAsync(300)
  expect(stored('a')).toBe('')
  let refuse = (): void => {}
  draft.sent('', new Promise<void>((_, reject) => (refuse = () => reject(new Error('QUEUE_FULL')))))
  expect(attachments.of('a')).toEqual([])
  await vi.advanceTimersByTimeAsync(300)
  expect(stored('a')).toBe('') // until it is safe elsewhere
  refuse()
  await settle()
  expect(attachments.of('a')).toHaveLength(1)
  draft.sent('', Promise.resolve())
  await settle()
  close()
  expect(stored('a')).toBeUndefined()
})

test('coming back to a session finds its text, although its files are still at hand', () => {
  const first = open('a')
  first.draft.text.value = 'with a picture'
  useAttachmentStore().giveBack('a', [file('00000000-0000-4000-8000-000000000001')])
  first.close()
  expect(open('a').draft.text.value).toBe('with a picture')
  expect(useAttachmentStore().of('a')).toHaveLength(1)
})

test('what is put into a draft while its page is being left is kept', () => {
  const { draft, close } = open('a')
  draft.text.value = 'typed'
  close()
  draft.add('half a reason')
  expect(stored('a')).toBe('typed\nhalf a reason')
})

test('what was kept, or comes from the other copy, is not typed here', async () => {
  localStorage.setItem(draftKey('anna', 'a'), JSON.stringify({ text: 'kept', at: 1 } satisfies KeptDraft))
  const copies = useCopies()
  copies.set(draftKey('anna', 'a'), { text: 'newer copy', at: 2 })
  const { draft, close } = open('a')
  expect(draft.isTyped()).toBe(false)
  await settle()
  expect([draft.text.value, draft.isTyped()]).toEqual(['newer copy', false])
  draft.text.value = 'newer copy!'
  expect(draft.isTyped()).toBe(true)
  close()
})
