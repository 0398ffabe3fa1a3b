import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useAttachmentStore } from './attachmentStore.ts'
import { readiness, textOf } from './draftFiles.ts'

const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0])
const png = (name = 'a.png') => new File([PNG], name, { type: 'image/png' })

let answer: (url: string, init: RequestInit) => Response | Promise<Response>
const ok = (body: object, status = 200) => Response.json({ ok: true, ...body }, { status })
const refuse = (code: string, status: number) =>
  Response.json({ ok: false, error: { code, message: `${code}!`, retryable: false } }, { status })

beforeEach(() => {
  setActivePinia(createPinia())
  answer = (_url, { method }) => ok({ received: method === 'PUT' ? PNG.length : 0 })
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => Promise.resolve(answer(url, init)))
  vi.stubGlobal(
    'URL',
    Object.assign(URL, {
      createObjectURL: () => `blob:${(made += 1)}`,
      revokeObjectURL: (url: string) => revoked.push(url),
    }),
  )
  revoked = []
})
afterEach(() => vi.unstubAllGlobals())
let made = 0
let revoked: string[] = []

const until = async (check: () => boolean) => await vi.waitUntil(check, { timeout: 2_000, interval: 5 })

test('a picked image is shown, goes up, and is taken along with its address given back', async () => {
  const store = useAttachmentStore()
  await store.add('s', 'p', [png('../x/a.png')])
  expect(store.of('s')[0]).toMatchObject({
    name: 'a.png',
    mediaType: 'image/png',
    preview: expect.stringContaining('blob:'),
  })
  expect(readiness(store.of('s'))).toEqual({ name: 'later', count: 1 })
  await until(() => readiness(store.of('s')).name === 'now')
  const preview = store.of('s')[0]?.preview
  expect(store.take('s')).toEqual([
    { id: expect.any(String), name: 'a.png', mediaType: 'image/png', bytes: PNG.length },
  ])
  expect(store.of('s')).toEqual([])
  expect(revoked).toEqual([preview])
})

test('what is not taken is told by name, and the others go on', async () => {
  const store = useAttachmentStore()
  await store.add('s', 'p', [png(), new File(['<script>'], 'lie.png'), new File([], 'nothing.txt')])
  expect(store.of('s').map(({ name }) => name)).toEqual(['a.png'])
  expect(store.refusalsOf('s')).toHaveLength(2)
  store.dismiss('s')
  expect(store.refusalsOf('s')).toEqual([])
  await store.add(
    's',
    'p',
    Array.from({ length: 20 }, (_, index) => png(`${index}.png`)),
  )
  expect(store.of('s')).toHaveLength(20)
  expect(store.refusalsOf('s')).toEqual([expect.stringMatching(/^19\.png .* at most 20 files/)])
})

test('the failure of a file is its own: it may be tried again, or removed', async () => {
  const store = useAttachmentStore()
  const fine = answer
  answer = () => refuse('STORAGE_UNAVAILABLE', 503)
  await store.add('s', 'p', [png()])
  await until(() => readiness(store.of('s')).name === 'blocked')
  const [file] = store.of('s')
  expect(file?.state).toEqual({ name: 'failed', reason: 'STORAGE_UNAVAILABLE!' })
  answer = fine
  store.retry(file?.id ?? '')
  await until(() => readiness(store.of('s')).name === 'now')
  store.remove('s', file?.id ?? '')
  expect(store.of('s')).toEqual([])
})

test('an upload that is removed is given up, and says nothing more', async () => {
  const store = useAttachmentStore()
  let stopped = false
  answer = (_url, { signal }) =>
    new Promise((_, reject) => {
      signal?.addEventListener('abort', () => {
        stopped = true
        reject(new DOMException('stopped', 'AbortError'))
      })
    })
  await store.add('s', 'p', [png()])
  await until(() => store.of('s')[0]?.state.name === 'reading')
  await new Promise((later) => setTimeout(later, 50))
  store.remove('s', store.of('s')[0]?.id ?? '')
  await until(() => stopped)
  expect(store.of('s')).toEqual([])
})

test('a kept draft brings back what is up; what was not has to be picked again, unless another tab still brings it', () => {
  const store = useAttachmentStore()
  const file = (id: string, up: boolean) => ({ id, name: `${id}.txt`, mediaType: 'text/plain', bytes: 5, up })
  store.adopt('s', [file('a', true), file('b', false)], false)
  expect(store.of('s').map(({ state }) => state.name)).toEqual(['ready', 'lost'])
  expect(readiness(store.of('s'))).toEqual({ name: 'blocked', count: 1 })
  store.adopt('s', [file('a', true), file('c', false)], true)
  expect(store.of('s').map(({ id, state }) => [id, state.name])).toEqual([['a', 'ready']])
  store.adopt('s', [], true)
  expect(store.of('s')).toEqual([])
})

test('a message that is nothing but files is called by them', () => {
  const files = [{ id: 'a', name: 'a.png', mediaType: 'image/png', bytes: 1 }]
  expect([textOf(' ', files), textOf('look', files)]).toEqual(['a.png', 'look'])
})
