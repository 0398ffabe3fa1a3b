import { emptyTimeline, foldEntries, type Entry } from '@farhand/shared'
import { buildLog } from '@farhand/shared/testing'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { computed } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { CONVERSATION } from '../../composables/useConversation.ts'
import { useTimelineStore } from '../../stores/timelineStore.ts'
import { buildConversation } from '../../testing/conversation.ts'
import FindBar from './FindBar.vue'
import { findHits, stepHit } from './findHits.ts'
import { findRanges } from './findRanges.ts'

beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

const text = (key: string, response: string): Partial<Entry> => ({ kind: 'text', key, final: true, response })
const read = (path: string, output: string): Partial<Entry>[] => [
  { kind: 'tool_started', response: JSON.stringify({ toolUseId: path, tool: 'Read', input: { file_path: path } }) },
  { kind: 'tool_finished', response: JSON.stringify({ toolUseId: path, isError: false, output }) },
]

/** What a test called it; an item's id says more. */
const nameOf = (itemId: string): string => itemId.split(':').at(-1) ?? ''

test('each place in prose is a hit, what a tool got or gave is one', () => {
  const log = [text('a', 'Coupon, coupon'), ...read('coupon.ts', 'coupon coupon'), text('b', 'none')]
  const timeline = foldEntries(emptyTimeline(), buildLog(log))
  const hits = findHits(timeline, ' COUPON ')
  expect(hits.map(({ itemId, nth }) => `${nameOf(itemId)} ${nth}`)).toEqual(['a 0', 'a 1', 'coupon.ts 0'])
  expect(findHits(timeline, ' ')).toEqual([])
  expect([stepHit(hits, undefined, -1), stepHit(hits, hits[2], 1), stepHit(hits, hits[0], -1)]).toEqual([
    hits[2],
    hits[0],
    hits[2],
  ])
  expect(stepHit([], undefined, 1)).toBeUndefined()
})

test('a place is found over the borders of what is bold or coloured, and not in what nobody sees', () => {
  const element = document.createElement('div')
  element.innerHTML = '<p>A cou<b>pon</b> and İ Coupon</p><span class="sr">coupon</span>'
  expect(findRanges(element, 'coupon').map(String)).toEqual(['coupon', 'Coupon'])
  expect(findRanges(element, '')).toEqual([])
})

/** The bar over the newest entries of a log after `from`. */
function showBar(lines: Partial<Entry>[], from: number, answers = true) {
  const entries = buildLog(lines)
  const timeline = useTimelineStore()
  const log = timeline.open('s')
  timeline.reset('s', from)
  timeline.append('s', entries.slice(from))
  timeline.flush()
  const shown: string[] = []
  const conversation = buildConversation(log, { canLoadEarlier: computed(() => log.from > 0) })
  const bar = mount(FindBar, {
    props: {
      showItem: (itemId: string) => Promise.resolve(void shown.push(nameOf(itemId))),
      loadOlder: () => {
        const start = Math.max(0, log.from - 2)
        if (answers) timeline.prepend('s', { entries: entries.slice(start, log.from), from: start, to: log.from })
        return Promise.resolve()
      },
    },
    global: { provide: { [CONVERSATION]: conversation } },
    attachTo: document.body,
  })
  return {
    bar,
    shown,
    async type(wanted: string) {
      await bar.get('input').setValue(wanted)
      await vi.advanceTimersByTimeAsync(300)
      await flushPromises()
    },
    async press(key: string, shiftKey = false) {
      await bar.get('input').trigger('keydown', { key, shiftKey })
      await flushPromises()
    },
  }
}

test('the newest place comes first, Enter goes back, Shift+Enter on, and Esc closes', async () => {
  const { bar, shown, type, press } = showBar([text('a', 'one'), text('b', 'one two'), text('c', 'three')], 0)
  await type('one')
  expect([shown.at(-1), bar.get('.count').text()]).toEqual(['b', '2 of 2'])
  await press('Enter')
  expect([shown.at(-1), bar.get('.count').text()]).toEqual(['a', '1 of 2'])
  await press('Enter', true)
  expect(shown.at(-1)).toBe('b')
  await type('xyz')
  expect(bar.get('.count').text()).toBe('Not found')
  await press('Escape')
  expect(bar.emitted('close')).toHaveLength(1)
  bar.unmount()
})

test('older parts are searched on demand, until one has it, and it is said that they were not', async () => {
  const log = ['needle', 'b', 'c', 'd', 'e', 'f', 'g'].map((word) => text(word, word))
  const { bar, shown, type } = showBar(log, 5)
  await type('needle')
  expect(bar.text()).toContain('Older messages are not searched yet')
  await bar.get('.note button').trigger('click')
  await flushPromises()
  expect([shown.at(-1), bar.get('.count').text()]).toEqual(['needle', '1 of 1'])
  bar.unmount()
})

test('older parts that cannot be read just now are told, and can be asked for again', async () => {
  const { bar, type } = showBar([text('a', 'needle'), text('b', 'b'), text('c', 'c')], 2, false)
  await type('needle')
  await bar.get('.note button').trigger('click')
  await flushPromises()
  expect(bar.text()).toContain('could not be read')
  expect(bar.find('.note button').exists()).toBe(true)
  bar.unmount()
})
