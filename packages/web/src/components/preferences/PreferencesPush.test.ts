import { FarhandError, type PushState } from '@farhand/shared'
import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, expect, test, vi } from 'vitest'
import type { Push } from '../../services/push.ts'
import { pushTexts as texts } from '../../texts/notify.ts'
import { usePreferences } from './preferences.ts'
import PreferencesPush from './PreferencesPush.vue'

const READY: PushState = { state: 'ready', publicKey: 'key' }
const HERE: PushState = { ...READY, here: { endpoint: 'https://push.example/1', kinds: ['need'] } }

beforeEach(() => void usePreferences().prefer({ notify: ['need'], pushed: false }))

/** The settings of a browser to which the relay says these things, one after the other. */
async function open(states: (PushState | undefined)[], part: Partial<Push> = {}, allowed = true) {
  let last: PushState | undefined
  const next = () => Promise.resolve((last = states.length > 0 ? states.shift() : last))
  const push: Push = {
    read: next,
    agree: vi.fn(next),
    leave: vi.fn(() => Promise.resolve()),
    forget: () => Promise.resolve(),
    test: () => Promise.resolve('sent'),
    ...part,
  }
  const wrapper = mount(PreferencesPush, { props: { push, allowed } })
  await flushPromises()
  const box = () => wrapper.get<HTMLInputElement>('input').element
  const choose = async (on: boolean) => {
    await wrapper.get('input').setValue(on)
    await flushPromises()
  }
  return { wrapper, push, box, choose, wish: () => usePreferences().preferences.value.pushed }
}

test('it is switched on for what was chosen, tried, and switched off', async () => {
  const { wrapper, push, box, choose, wish } = await open([READY, HERE, HERE, READY])
  expect(box().checked).toBe(false)
  expect(wrapper.text()).toContain(texts.about)
  await choose(true)
  expect(push.agree).toHaveBeenCalledWith(['need'])
  expect([box().checked, wish()]).toEqual([true, true])
  await wrapper.get('button').trigger('click')
  await flushPromises()
  expect(wrapper.get('[role=status]').text()).toBe(texts.outcomes.sent)
  await choose(false)
  expect(push.leave).toHaveBeenCalledOnce()
  expect([box().checked, wish(), wrapper.find('button').exists()]).toEqual([false, false, false])
})

test.each([
  ['off', texts.states.off],
  ['no_contact', texts.states.no_contact],
  ['broken', texts.states.broken],
] as const)('a relay that sends none says why: %s', async (state, words) => {
  const { wrapper, box } = await open([{ state }])
  expect(box().disabled).toBe(true)
  expect(wrapper.text()).toContain(words)
})

test('a browser without a push service, and one where nothing was chosen, say so', async () => {
  const missing = await open([undefined])
  expect(missing.box().disabled).toBe(true)
  expect(missing.wrapper.text()).toContain(texts.missing)
  const nothing = await open([READY], {}, false)
  expect(nothing.box().disabled).toBe(true)
  expect(nothing.wrapper.text()).toContain(texts.first)
})

test('what does not work is said, and stays off', async () => {
  const agree = vi.fn().mockRejectedValueOnce(new DOMException('no push service', 'AbortError'))
  agree.mockRejectedValueOnce(new FarhandError('INTERNAL', 'The relay cannot be reached.'))
  const { wrapper, box, choose, wish } = await open([READY], { agree })
  await choose(true)
  expect(wrapper.text()).toContain(texts.browser)
  expect([box().checked, wish()]).toEqual([false, false])
  await choose(true)
  expect(wrapper.text()).toContain('The relay cannot be reached.')
})

test('a relay that could not send the last one says so', async () => {
  usePreferences().prefer({ pushed: true })
  const here = { endpoint: 'https://push.example/1', kinds: [], problem: 'unreachable' as const }
  const { wrapper } = await open([{ ...READY, here }])
  expect(wrapper.text()).toContain(texts.problems.unreachable)
})
