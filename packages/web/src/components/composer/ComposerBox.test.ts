import { mount } from '@vue/test-utils'
import { expect, test } from 'vitest'
import ComposerBox from './ComposerBox.vue'
import { placeholderOf } from './placeholder.ts'
import { isComposing, isSendKey } from '../../composables/sendKey.ts'

const idle = { placeholder: 'Message Claude', running: false, stopping: false, canStop: true, folded: false }
const key = { key: 'Enter', shiftKey: false, altKey: false, isComposing: false, keyCode: 13 }

test('Enter sends; Shift+Enter is a new line', async () => {
  const box = mount(ComposerBox, { props: { ...idle, modelValue: 'hello' } })
  await box.get('textarea').trigger('keydown', { ...key, shiftKey: true })
  expect(box.emitted('send')).toBeUndefined()
  await box.get('textarea').trigger('keydown', key)
  expect(box.emitted('send')).toEqual([['hello']])
})

test('the Enter that ends a composed word does not send', () => {
  expect(isSendKey(key)).toBe(true)
  expect(isSendKey({ ...key, isComposing: true })).toBe(false)
  expect(isSendKey({ ...key, keyCode: 229 })).toBe(false)
  expect(isSendKey({ ...key, keyCode: 229 }, false)).toBe(false)
  expect([isComposing(key), isComposing({ isComposing: false, keyCode: 229 })]).toEqual([false, true])
  expect(isSendKey({ ...key, key: 'a' })).toBe(false)
})

test('where Enter is a new line, Ctrl+Enter sends, and the keyboard of a phone says so', async () => {
  const box = mount(ComposerBox, { props: { ...idle, modelValue: 'hello', enterSends: false } })
  const field = box.get('textarea')
  expect(field.attributes('enterkeyhint')).toBe('enter')
  await field.trigger('keydown', key)
  expect(box.emitted('send')).toBeUndefined()
  await field.trigger('keydown', { ...key, ctrlKey: true })
  expect(box.emitted('send')).toEqual([['hello']])
})

test('a key that the list has taken does nothing more', async () => {
  const box = mount(ComposerBox, {
    props: { ...idle, modelValue: '/co', onKey: (event: KeyboardEvent) => event.preventDefault() },
  })
  await box.get('textarea').trigger('keydown', key)
  expect(box.emitted('send')).toBeUndefined()
})

test('files go without a text, and what a command takes stands behind it', async () => {
  const box = mount(ComposerBox, { props: { ...idle, modelValue: '', attached: true } })
  await box.get('form').trigger('submit')
  expect(box.emitted('send')).toEqual([['']])
  await box.setProps({ modelValue: '/review ', argument: '[number]' })
  expect(box.get('textarea').attributes('aria-describedby')).toBe('composer-argument')
  expect(box.get('#composer-argument').text()).toBe('[number]')
})

test('where it can’t be sent, Send is disabled and says why', async () => {
  const box = mount(ComposerBox, { props: { ...idle, modelValue: 'hello', whyNot: 'No project yet' } })
  await box.get('textarea').trigger('keydown', key)
  await box.get('form').trigger('submit')
  expect(box.emitted('send')).toBeUndefined()
  const send = box.get('[data-testid=send]')
  expect(send.attributes('disabled')).toBeDefined()
  expect(box.get(`#${send.attributes('aria-describedby')}`).text()).toBe('No project yet')
  await box.setProps({ whyNot: '' })
  await box.get('textarea').trigger('keydown', key)
  expect(box.emitted('send')).toEqual([['hello']])
})

test('nothing is sent while there is nothing to send', async () => {
  const box = mount(ComposerBox, { props: { ...idle, modelValue: ' \n ' } })
  await box.get('textarea').trigger('keydown', key)
  await box.get('form').trigger('submit')
  expect(box.emitted('send')).toBeUndefined()
  expect(box.get('[data-testid=send]').attributes('disabled')).toBeDefined()
})

test('Stop stands beside Send while something runs', async () => {
  const box = mount(ComposerBox, { props: { ...idle, modelValue: '' } })
  expect(box.find('[data-testid=stop]').exists()).toBe(false)
  await box.setProps({ running: true })
  await box.get('[data-testid=stop]').trigger('click')
  expect(box.emitted('stop')).toHaveLength(1)
  await box.setProps({ canStop: false })
  expect(box.get('[data-testid=stop]').attributes('disabled')).toBeDefined()
})

test('the empty box says where a message would go', () => {
  const at = { connected: true, online: true, machine: 'workstation', asked: false, running: false }
  expect([
    placeholderOf(at),
    placeholderOf({ ...at, running: true }),
    placeholderOf({ ...at, asked: true }),
    placeholderOf({ ...at, online: false }),
    placeholderOf({ ...at, connected: false }),
  ]).toEqual([
    'Message Claude, / commands, @ files',
    'Queue a follow-up',
    'Reply, or answer above',
    'Write now, workstation gets it when it is back',
    'Write now, sends when you are online',
  ])
})
