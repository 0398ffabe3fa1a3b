import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { nextTick } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useConnectionStore } from '../../stores/connectionStore.ts'
import AttachmentList from './AttachmentList.vue'
import { carriesFiles, pastedFiles } from './pickedFiles.ts'

const image = { id: '1', name: 'a.png', mediaType: 'image/png', bytes: 2_000 }
const note = { id: '2', name: 'no\u202ete.txt', mediaType: 'text/plain', bytes: 5 }

let status = 200
beforeEach(() => {
  setActivePinia(createPinia())
  status = 200
  vi.stubGlobal('fetch', () => {
    if (status === 0) return Promise.reject(new TypeError('Failed to fetch'))
    const gone = { ok: false, error: { code: 'NOT_FOUND', message: 'gone', retryable: false } }
    return Promise.resolve(status === 404 ? Response.json(gone, { status }) : new Response('hello'))
  })
})
afterEach(() => vi.unstubAllGlobals())

const show = () => mount(AttachmentList, { props: { files: [image, note] } })

test('an image is looked at, another file is named with its size; what hides in a name is seen', () => {
  const list = show()
  expect(list.get('img').attributes('src')).toBe('/api/attachments/1')
  expect(list.text()).toContain('no⟨U+202E⟩te.txt')
  expect(list.text()).toContain('5 B')
})

test('an image that the relay does not keep any more is only named', async () => {
  const list = show()
  status = 404
  await list.get('img').trigger('error')
  await flushPromises()
  expect(list.find('img').exists()).toBe(false)
  expect(list.text()).toContain('a.png')
  expect(list.text()).toContain('not kept any more')
})

test('one that can’t be fetched just now is tried again with the next connection', async () => {
  const list = show()
  const connection = useConnectionStore()
  status = 0
  await list.get('img').trigger('error')
  await flushPromises()
  expect(list.find('img').exists()).toBe(false)
  expect(list.text()).not.toContain('not kept any more')
  connection.setLink({ name: 'connected', since: 0 })
  await nextTick()
  expect(list.find('img').exists()).toBe(true)
})

test('a file is downloaded under its name; one that is gone says so in its place', async () => {
  const list = show()
  const saved: string[] = []
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function click(this: HTMLAnchorElement) {
    saved.push(this.download)
  })
  const button = list.findAll('button').find((each) => each.text().includes('te.txt'))
  await button?.trigger('click')
  await flushPromises()
  expect(saved).toEqual([note.name])
  status = 404
  await button?.trigger('click')
  await flushPromises()
  expect(list.text()).toContain('not kept any more')
})

test('a picture beside text and a page is not what was copied; a screenshot and a file are', () => {
  const of = (types: string[]) => pastedFiles({ types, files: [new File(['x'], 'a.png')] }).length
  expect([of(['Files']), of(['Files', 'text/html']), of(['Files', 'text/plain'])]).toEqual([1, 1, 1])
  expect(of(['text/plain', 'text/html', 'Files'])).toBe(0)
  expect([carriesFiles({ types: ['Files'] }), carriesFiles({ types: ['text/plain'] }), carriesFiles(null)]).toEqual([
    true,
    false,
    false,
  ])
})
