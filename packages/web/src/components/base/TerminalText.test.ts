import { mount } from '@vue/test-utils'
import { expect, test, vi } from 'vitest'
import TerminalText from './TerminalText.vue'

const lines = (count: number): string => Array.from({ length: count }, (_, index) => `line ${index}\n`).join('')

test('of a long output the beginning and the end are there at once, and all of it, in its colours, when it is wanted', async () => {
  const text = `${lines(59)}\u001b[32m\n${lines(400)}`
  const host = document.createElement('div')
  const view = mount(TerminalText, { props: { text }, attachTo: host })
  expect(view.text()).not.toContain('line 200')
  expect(view.text()).toContain('line 399')
  await view.get('button').trigger('click')
  await vi.waitFor(() => expect(view.find('button').exists()).toBe(false), { timeout: 4_000 })
  await vi.waitFor(() => expect(host.textContent).toContain('line 399'), { timeout: 4_000 })
  expect(host.textContent).toBe(text.replace('\u001b[32m', '').trimEnd())
  // The colour was set in the part that was there before.
  expect(view.findAll('.ansi-green-fg').length).toBeGreaterThan(0)

  await view.setProps({ text: `${text}and more` })
  expect(view.text()).toMatch(/line 399\s+and more$/)
  view.unmount()
})
