import { FarhandError } from '@farhand/shared'
import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { defineComponent, h, nextTick, ref } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RELAY } from '../../composables/useWebSocket.ts'
import { fakeRelay, settle } from '../../testing/world.ts'
import { useSuggestions, type Suggestions } from './useSuggestions.ts'

beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

type Question = { method: string; params: { query?: string } }
const command = (name: string, part: object = {}) => ({ name, description: '', builtin: true, ...part })

/** A message box in which a test types, over a machine whose answers it gives. */
function open(answer: (question: Question) => unknown) {
  const { relay, asked } = fakeRelay(async (_event, payload) => ({ result: await answer(payload as Question) }))
  const text = ref('')
  const caret = ref<number>()
  let suggestions: Suggestions | undefined
  const box = mount(
    defineComponent(() => {
      const parts = { text, caret, sessionId: 's', projectId: () => 'p', machine: () => 'workstation' }
      suggestions = useSuggestions(parts)
      return () => h('p')
    }),
    { global: { provide: { [RELAY]: relay } } },
  )
  if (suggestions === undefined) throw new Error('it was set up')
  const list = suggestions
  const type = async (source: string, ms = 200): Promise<void> => {
    text.value = source
    caret.value = source.length
    await nextTick()
    await vi.advanceTimersByTimeAsync(ms)
    await settle()
  }
  const press = (key: string, part: object = {}) => list.onKey(new KeyboardEvent('keydown', { key, ...part }))
  const names = () => list.items.value.map(({ name }) => name)
  return { list, box, text, caret, type, press, names, asked: () => asked.map(({ payload }) => payload as Question) }
}

const COMMANDS = { commands: [command('compact', { argumentHint: '[focus]' }), command('clear'), command('review')] }

test('commands are asked for once, filtered here, and taken by keys', async () => {
  const { list, type, press, names, asked } = open(() => COMMANDS)
  await type('/')
  expect(names()).toEqual(['/clear', '/compact', '/review'])
  await type('/c')
  await type('/co')
  await type('/c')
  expect(asked()).toHaveLength(1)
  expect(press('ArrowUp')).toBe('handled')
  expect(list.active.value).toBe(1)
  expect(press('ArrowDown')).toBe('handled')
  const taken = press('Tab')
  expect(taken).toMatchObject({ name: '/clear' })
  expect(typeof taken === 'object' && list.choose(taken)).toEqual({ text: '/clear ', caret: 7 })
  expect(press('Enter')).toMatchObject({ name: '/clear' })
})

test('while a word is composed, and with other keys held, the list leaves the keys alone', async () => {
  const { type, press } = open(() => COMMANDS)
  await type('/c')
  expect(press('Enter', { isComposing: true })).toBeUndefined()
  expect(press('Enter', { keyCode: 229 })).toBeUndefined()
  expect(press('Enter', { ctrlKey: true })).toBeUndefined()
  expect(press('Enter', { shiftKey: true })).toBeUndefined()
  expect(press('a')).toBeUndefined()
})

test('a command that is typed in full is sent by Enter; one that nobody knows too', async () => {
  const { list, type, press } = open(() => COMMANDS)
  await type('/clear')
  expect(press('Enter')).toBeUndefined()
  expect(press('Tab')).toMatchObject({ name: '/clear' })
  await type('/usr/bin/env')
  expect([list.open.value, press('Enter'), press('Escape')]).toEqual([false, undefined, undefined])
})

test('Esc closes the list for this beginning, and for no other', async () => {
  const { list, type, press } = open(() => COMMANDS)
  await type('/c')
  expect(press('Escape')).toBe('handled')
  expect(list.open.value).toBe(false)
  await type('/co')
  expect(list.open.value).toBe(false)
  await type('')
  await type('/c')
  expect(list.open.value).toBe(true)
})

test('without the machine it says why there are none, and asks again the next time', async () => {
  let online = false
  const { list, type, names } = open(() => {
    if (!online) throw new FarhandError('AGENT_OFFLINE')
    return COMMANDS
  })
  await type('/')
  expect([names(), list.status.value]).toEqual([[], 'workstation is not connected. Try again when it is.'])
  online = true
  await type('')
  await type('/')
  expect(names()).toHaveLength(3)
})

test('files are asked for when somebody pauses, and only the last answer counts', async () => {
  const answers: Record<string, (files: object) => void> = {}
  const { list, type, names, asked } = open(
    ({ params }) => new Promise((resolve) => (answers[params.query ?? ''] = resolve)),
  )
  await type('see @', 0)
  expect(list.status.value).toBe('Searching…')
  await type('see @a', 50)
  await type('see @ab', 50)
  await type('see @abc')
  expect(asked().map(({ params }) => params)).toEqual([
    { sessionId: 's', query: '', limit: 30 },
    { sessionId: 's', query: 'abc', limit: 30 },
  ])
  answers['abc']?.({ files: [{ path: 'src/abc.ts' }], truncated: true })
  await settle()
  answers['']?.({ files: [{ path: 'older.ts' }], truncated: false })
  await settle()
  expect(names()).toEqual(['abc.ts'])
  expect(list.items.value[0]).toMatchObject({ insert: '@src/abc.ts', hint: 'src' })
  expect(list.status.value).toMatch(/There are more/)
})

test('no file, and a refusal, are said; a file that fits nothing is sent as it is', async () => {
  const refusals: FarhandError[] = []
  const { list, type, press } = open(() => {
    const refusal = refusals.shift()
    if (refusal !== undefined) throw refusal
    return { files: [], truncated: false }
  })
  await type('@nix')
  expect(list.status.value).toMatch(/No file fits “nix”/)
  expect(press('Enter')).toBeUndefined()
  refusals.push(new FarhandError('RATE_LIMITED'))
  await type('@nixx')
  expect(list.status.value).toMatch(/many questions/)
})

test('the list goes with the focus, and nothing is asked after the page has gone', async () => {
  const { list, box, caret, type, asked } = open(() => ({ files: [{ path: 'a.ts' }], truncated: false }))
  await type('@a')
  expect(list.open.value).toBe(true)
  caret.value = undefined
  await nextTick()
  expect(list.open.value).toBe(false)
  await type('@ab', 10)
  box.unmount()
  const before = asked().length
  await vi.advanceTimersByTimeAsync(1_000)
  expect(asked()).toHaveLength(before)
})
