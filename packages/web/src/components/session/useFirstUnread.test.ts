import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import type { SessionSummary, Timeline, TimelineItem } from '@farhand/shared'
import { rememberPlace } from '../conversation/places.ts'
import { wantedItem } from '../conversation/reveal.ts'
import { firstAfter, useFirstUnread } from './useFirstUnread.ts'

beforeEach(() => {
  setActivePinia(createPinia())
  wantedItem.value = undefined
  document.body.innerHTML = '<div id="conversation"></div>'
})

const item = (seq: number) => ({ id: `i${seq}`, seq, at: 0, type: 'text' }) as unknown as TimelineItem
const ITEMS = [1, 4, 9].map(item)

/** A page that is opened: first with what this device kept, then with what the relay told. */
function open(sessionId: string, readUpTo: number, kept = readUpTo, now = 60_000, led = false) {
  const summary = ref({ readUpTo: kept, head: kept } as SessionSummary)
  const live = ref(false)
  const cursor = ref(kept)
  const unread = effectScope().run(() =>
    useFirstUnread({
      sessionId,
      summary: () => summary.value,
      timeline: () => ({ items: ITEMS, cursor: cursor.value }) as unknown as Timeline,
      live: () => live.value,
      led,
      now: () => now,
    }),
  )
  const settle = async () => {
    summary.value = { ...summary.value, readUpTo, head: 9 }
    live.value = true
    await nextTick()
    cursor.value = 9 // what came is folded in a moment later
    await nextTick()
    await nextTick()
    await new Promise(requestAnimationFrame)
    await nextTick()
    return unread?.value
  }
  return { settle, summary }
}

test('what is new is what came after, also where the kept list did not know of it; what is read later moves nothing', async () => {
  const page = open('a', 4, 9)
  expect(await page.settle()).toBe(4)
  expect(wantedItem.value).toEqual({ sessionId: 'a', itemId: 'i9' })
  page.summary.value = { ...page.summary.value, readUpTo: 9 }
  expect(await page.settle()).toBe(4)
})

test('a session that was read, or never opened, has nothing to set apart', async () => {
  expect([await open('a', 9).settle(), await open('b', 0).settle()]).toEqual([undefined, undefined])
  expect(wantedItem.value).toBeUndefined()
})

test('who came by the link of a message is led nowhere else', async () => {
  expect(await open('f', 4, 4, 60_000, true).settle()).toBe(4)
  expect(wantedItem.value).toBeUndefined()
})

test('a reload is no absence: what came a moment ago leads nobody', async () => {
  expect(await open('e', 4, 4, 59_999).settle()).toBe(4)
  expect(wantedItem.value).toBeUndefined()
})

test('nobody is led away: who was here before goes on there, and what is new and in sight needs no leading', async () => {
  rememberPlace('c', { row: 'r', offset: 0 })
  expect(await open('c', 4).settle()).toBe(4)
  expect(wantedItem.value).toBeUndefined()
  document.body.innerHTML = '<div id="conversation"><p class="row new"></p></div>'
  expect(await open('d', 4).settle()).toBe(4)
  expect(wantedItem.value).toBeUndefined()
})

test('the first that is new is known where something before it is', () => {
  expect([firstAfter(ITEMS, 4)?.id, firstAfter(ITEMS, 0)?.id, firstAfter(ITEMS, 9)?.id]).toEqual([
    'i9',
    undefined,
    undefined,
  ])
})
