import { buildLog } from '@farhand/shared/testing'
import type { Entry } from '@farhand/shared'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { computed, nextTick, ref } from 'vue'
import { beforeEach, expect, test, vi } from 'vitest'
import { CONVERSATION } from '../../composables/useConversation.ts'
import { useOutboxStore } from '../../stores/outboxStore.ts'
import { useNoticeStore } from '../../stores/noticeStore.ts'
import { useTimelineStore } from '../../stores/timelineStore.ts'
import { beginTurns, endTurns } from '../../composables/useTurn.ts'
import { linkTexts } from '../../texts/conversation.ts'
import { buildConversation } from '../../testing/conversation.ts'
import ConversationView from './ConversationView.vue'
import { rememberPlace } from './places.ts'
import { reveal, wantedItem } from './reveal.ts'
import { FIRST_ROWS, PAGE_ROWS } from './rowWindow.ts'

const ROW_PX = 20
const VIEW_PX = 200
const DRAWN_WITHIN = { timeout: 4_000 }

beforeEach(() => {
  setActivePinia(createPinia())
  rememberPlace('s', undefined)
  layOut()
})

const laidOut = (scroller: Element): Element[] =>
  scroller.querySelector<HTMLElement>('.content')?.style.display === 'none'
    ? []
    : [...scroller.querySelectorAll('[data-row]')]

/** A page in which every drawn row is as high as every other, as far as this view measures. */
function layOut(): void {
  vi.spyOn(HTMLElement.prototype, 'scrollHeight', 'get').mockImplementation(function (this: HTMLElement) {
    return laidOut(this).length * ROW_PX
  })
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(VIEW_PX)
  vi.spyOn(Element.prototype, 'getBoundingClientRect').mockImplementation(function (this: Element) {
    const scroller = this.closest('.scroller')
    const index = scroller === null ? -1 : laidOut(scroller).indexOf(this)
    const top = index === -1 ? 0 : index * ROW_PX - (scroller?.scrollTop ?? 0)
    return new DOMRect(0, top, 100, index === -1 ? VIEW_PX : ROW_PX)
  })
}

const text = (key: string, at: number) => ({ kind: 'text', key, final: true, response: key, at })
const readTool = (id: string, at: number): Partial<Entry>[] => [
  { kind: 'tool_started', response: JSON.stringify({ toolUseId: id, tool: 'Read', input: { file_path: id } }), at },
  { kind: 'tool_finished', response: JSON.stringify({ toolUseId: id, isError: false, output: 'x' }), at },
]

/** The newest entries of a log after `from`, with the older ones a page away, when its end is drawn. */
async function showLog(lines: Parameters<typeof buildLog>[0], from: number, asked: Promise<void> = Promise.resolve()) {
  const entries = buildLog(lines)
  const timeline = useTimelineStore()
  const log = timeline.open('s')
  timeline.reset('s', from)
  timeline.append('s', entries.slice(from))
  timeline.flush()
  const sentHere = ref(0)
  const conversation = buildConversation(log, {
    sentHere,
    canLoadEarlier: computed(() => log.from > 0),
    async loadEarlier() {
      await asked
      timeline.prepend('s', { entries: entries.slice(0, from), from: 0, to: from })
    },
  })
  const view = mount(ConversationView, {
    global: { provide: { [CONVERSATION]: conversation }, stubs: { ConversationItem: true, ToolGroup: true } },
    attachTo: document.body,
  })
  const scroller = view.get<HTMLElement>('.scroller').element
  const end = Math.min(PAGE_ROWS - 20, useTimelineStore().held('s').length)
  await vi.waitFor(() => expect(view.findAll('[data-row]').length).toBeGreaterThanOrEqual(end), DRAWN_WITHIN)
  return {
    view,
    scroller,
    sentHere,
    async scrollTo(top: number) {
      scroller.scrollTop = top
      scroller.dispatchEvent(new Event('scroll'))
      await flushPromises()
    },
    /** How far below the edge the row stands that shows an item. */
    topOf: (row: string) => view.get(`[data-row="${row}"]`).element.getBoundingClientRect().top,
  }
}

const YESTERDAY = Date.now() - 30 * 60 * 60_000

test('an older page that joins the first group leaves the reader where they were', async () => {
  const texts = (name: string) => Array.from({ length: 150 }, (_, index) => text(`${name}${index}`, 1))
  const older = [...texts('o'), ...readTool('a', 1), ...readTool('b', 1)]
  const { view, scrollTo, topOf } = await showLog([...older, ...readTool('c', 1), ...texts('n')], older.length)
  await scrollTo(1_000)
  await scrollTo(0)
  await view.get('.edge button').trigger('click')
  await flushPromises()
  await scrollTo(0)
  const before = topOf('tools:tool:c')
  await view.get('.edge button').trigger('click')
  await flushPromises()
  expect(topOf('tools:tool:a')).toBe(before)
  expect(view.findAll('[data-row]').length).toBeGreaterThan(200)
  view.unmount()
})

test('an older page of the same day leaves the reader where they were', async () => {
  const older = Array.from({ length: 50 }, (_, index) => text(`o${index}`, YESTERDAY))
  const newer = Array.from({ length: 60 }, (_, index) => text(`n${index}`, YESTERDAY))
  const { view, scrollTo, topOf } = await showLog([...older, ...newer], older.length)
  await scrollTo(1_000)
  await scrollTo(0)
  const [first] = view.findAll('[data-row]:not([data-mark])').map((row) => row.attributes('data-row') ?? '')
  const before = topOf(first ?? '')
  await view.get('.edge button').trigger('click')
  await flushPromises()
  expect(view.findAll('[data-row]').length).toBeGreaterThan(100)
  expect(topOf(first ?? '')).toBe(before)
  view.unmount()
})

test('who is led elsewhere while an older page is under way stays there', async () => {
  const all = Array.from({ length: 600 }, (_, index) => text(`k${index}`, 1))
  const asked = Promise.withResolvers<void>()
  const { view, scrollTo, topOf } = await showLog(all, 50, asked.promise)
  await scrollTo(1_000)
  const first = useTimelineStore().logs.get('s')?.timeline.items[0]?.id ?? ''
  reveal('s', first)
  await flushPromises()
  await view.get('.edge button').trigger('click')
  const last = first.replace(/k50$/, 'k90')
  reveal('s', last)
  await flushPromises()
  const led = topOf(last)
  asked.resolve()
  await flushPromises()
  expect(topOf(last)).toBe(led)
  view.unmount()
})

test('a link leads to its line, also when that has to be read first, and marks it; one that is gone says so', async () => {
  const all = Array.from({ length: 150 }, (_, index) => text(`k${index}`, 1))
  const { view, topOf } = await showLog(all, 50)
  const log = useTimelineStore().open('s')
  const linked = log.timeline.items[0]?.id.replace(/k50$/, 'k20') ?? ''
  reveal('s', linked, 21)
  await flushPromises()
  expect(view.text()).not.toContain('Reading back') // not before it is known how far the log goes
  log.phase = 'live'
  await vi.waitFor(() => expect(view.find('.row.marked').attributes('data-row')).toBe(linked), DRAWN_WITHIN)
  expect([topOf(linked), wantedItem.value]).toEqual([80, undefined])
  reveal('s', 'nobody', 3)
  await flushPromises()
  expect([wantedItem.value, useNoticeStore().text]).toEqual([undefined, linkTexts.gone])
  view.unmount()
})

test('older parts that cannot be read are told, and read when asked again; leaving ends the search', async () => {
  const all = Array.from({ length: 150 }, (_, index) => text(`k${index}`, 1))
  const away = Promise.withResolvers<void>()
  const { view } = await showLog(all, 50, away.promise)
  useTimelineStore().open('s').phase = 'live'
  reveal('s', 'nobody', 3)
  await flushPromises()
  expect(view.get('.sought').text()).toContain(linkTexts.readingBack)
  away.reject(new Error('away'))
  await flushPromises()
  expect(view.get('.sought').text()).toContain(linkTexts.failed)
  view.unmount()
  expect(wantedItem.value).toBeUndefined()
})

test('a message of this page leads to the end; one of another tab moves nobody', async () => {
  const { view, scroller, sentHere, scrollTo } = await showLog(
    Array.from({ length: 60 }, (_, index) => text(`k${index}`, 1)),
    0,
  )
  await scrollTo(500)
  await scrollTo(300)
  void useOutboxStore().add({ commandId: 'c', sessionId: 's', projectId: 'p', text: 'hi', at: 0 })
  await flushPromises()
  expect(scroller.scrollTop).toBe(300)
  sentHere.value += 1
  await flushPromises()
  expect(scroller.scrollTop).toBeGreaterThan(800)
  await view.get('.over button').trigger('click') // back to where they were
  await flushPromises()
  expect(scroller.scrollTop).toBe(300)
  view.unmount()
})

test('the screen that a reader sees first is drawn first, and what comes above moves nothing', async () => {
  const shown = showLog(
    Array.from({ length: 200 }, (_, index) => text(`k${index}`, 1)),
    0,
  )
  const atFirst = [...document.querySelectorAll<HTMLElement>('[data-row]')].map((row) => row.dataset['row'] ?? '')
  expect(atFirst).toHaveLength(FIRST_ROWS)
  const { view, scroller, topOf } = await shown
  expect(scroller.scrollTop).toBe(scroller.scrollHeight)
  expect(topOf(atFirst.at(-1) ?? '')).toBe(-ROW_PX)
  view.unmount()
})

test('the first time, rows are made before they are laid out; whoever was elsewhere is led there then', async () => {
  const all = Array.from({ length: 60 }, (_, index) => text(`k${index}`, 1))
  const before = await showLog(all, 0)
  before.view.unmount()
  const left = useTimelineStore().open('s').timeline.items[10]?.id ?? ''
  rememberPlace('s', { row: left, offset: 12 })
  beginTurns()
  const shown = showLog(all, 0)
  const content = document.querySelector<HTMLElement>('.content')
  expect(content?.style.display).toBe('none')
  expect(content?.querySelectorAll('[data-row]')).toHaveLength(FIRST_ROWS / 4)
  for (let task = 0; task < 4; task += 1) await nextTick()
  expect(content?.style.display).toBe('none')
  endTurns()
  const { view, topOf } = await shown
  expect(content?.style.display).toBe('')
  expect(topOf(left)).toBe(12)
  view.unmount()
})
