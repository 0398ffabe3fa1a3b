import { mount } from '@vue/test-utils'
import { afterEach, expect, test, vi } from 'vitest'
import ConversationJump from './ConversationJump.vue'

afterEach(() => {
  vi.unstubAllGlobals()
  document.body.replaceChildren()
})

test.each([
  [0, false, 'Latest', 'Jump to latest'],
  [3, false, '3 new', 'Jump to latest, 3 new'],
  [12, false, '9+ new', 'Jump to latest, 9+ new'],
  [3, true, 'Approval waiting', 'Jump to latest, approval waiting'],
])('%i new things, a request among them: %s', (news, asked, text, label) => {
  const button = mount(ConversationJump, { props: { news, asked } }).get('button')
  expect([button.text(), button.attributes('aria-label')]).toEqual([text, label])
})

test.each([
  ['composer', true],
  ['conversation', false],
])('the focus goes on to the %s, where a phone opens no keyboard', async (next, fine) => {
  vi.stubGlobal('matchMedia', () => ({ matches: fine }))
  document.body.innerHTML = '<div id="conversation" tabindex="-1"></div><textarea id="composer"></textarea>'
  const jump = mount(ConversationJump, { props: { news: 0, asked: false }, attachTo: document.body })
  await jump.get('button').trigger('click')
  expect(document.activeElement?.id).toBe(next)
  expect(jump.emitted('jump')).toHaveLength(1)
  jump.unmount()
})
