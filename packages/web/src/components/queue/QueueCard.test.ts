import { emptyTimeline, foldEntries, type Observer } from '@farhand/shared'
import { buildLog } from '@farhand/shared/testing'
import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { nextTick } from 'vue'
import { CONVERSATION } from '../../composables/useConversation.ts'
import { usePresenceStore } from '../../stores/presenceStore.ts'
import { useTimelineStore } from '../../stores/timelineStore.ts'
import { buildConversation } from '../../testing/conversation.ts'
import QueueCard from './QueueCard.vue'

beforeEach(() => setActivePinia(createPinia()))

const ID = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`
const command = (n: number, response: string) => ({ kind: 'command', commandId: ID(n), response })
const busy = [command(1, 'work'), { kind: 'run_started', commandId: ID(1), response: {} }]

function show(lines: Parameters<typeof buildLog>[0]) {
  const log = useTimelineStore().open('s')
  log.timeline = foldEntries(emptyTimeline(), buildLog(lines))
  const arrange = vi.fn(() => Promise.resolve())
  const cancel = vi.fn(() => Promise.resolve())
  const card = mount(QueueCard, {
    global: { provide: { [CONVERSATION]: buildConversation(log, { arrange, cancel }) } },
    attachTo: document.body,
  })
  const item = async (row: number, name: string): Promise<void> => {
    await card.findAll('[aria-haspopup="menu"]')[row]?.trigger('click')
    await nextTick()
    const found = [...document.querySelectorAll<HTMLElement>('[role=menuitem]')].find((one) => one.innerText === name)
    found?.click()
    await nextTick()
  }
  return { card, log, arrange, cancel, item }
}

test('[CMD6] what waits is shown in its order, and only while something is before it', () => {
  expect(show([command(1, 'alone')]).card.text()).toBe('')
  const { card } = show([...busy, command(2, 'second\nline'), command(3, 'third')])
  expect(card.findAll('[data-testid=queue-row]').map((row) => row.get('.said').text())).toEqual(['second', 'third'])
})

test('[CMD6] moving says before which one, or to the end', async () => {
  const { card, arrange } = show([...busy, command(2, 'two'), command(3, 'three'), command(4, 'four')])
  await card.findAll('[aria-label="Move up"]')[1]?.trigger('click')
  expect(arrange).toHaveBeenLastCalledWith({ action: 'move', commandId: ID(4), before: ID(3) })
  await card.findAll('[aria-label="Move down"]')[0]?.trigger('click')
  expect(arrange).toHaveBeenLastCalledWith({ action: 'move', commandId: ID(2), before: ID(4) })
  await card.findAll('[aria-label="Move down"]')[1]?.trigger('click')
  expect(arrange).toHaveBeenLastCalledWith({ action: 'move', commandId: ID(3) })
})

test('[CMD6] a waiting message is sent now, changed or removed', async () => {
  const { card, arrange, item } = show([...busy, command(2, 'two')])
  await item(0, 'Send now')
  expect(arrange).toHaveBeenLastCalledWith({ action: 'send_now', commandId: ID(2) })
  await item(0, 'Remove')
  expect(arrange).toHaveBeenLastCalledWith({ action: 'withdraw', commandId: ID(2) })
  await item(0, 'Edit')
  await card.get('textarea').setValue('  two, but better ')
  await card.get('form').trigger('submit')
  expect(arrange).toHaveBeenLastCalledWith({ action: 'edit', commandId: ID(2), command: 'two, but better' })
})

test('[CMD6] all that waits is removed at once, the last first', async () => {
  const removeAll = (card: ReturnType<typeof show>['card']) =>
    card.findAll('button').find((button) => button.text() === 'Remove all')
  expect(removeAll(show([...busy, command(2, 'alone')]).card)).toBeUndefined()
  const { card, arrange } = show([...busy, command(2, 'two'), command(3, 'three')])
  await removeAll(card)?.trigger('click')
  expect(arrange.mock.calls).toEqual([3, 2].map((n) => [{ action: 'withdraw', commandId: ID(n) }]))
})

test('[CMD2] what waited too long runs only when somebody says so, with the key of what asks', async () => {
  const held = { kind: 'held', commandId: ID(2), key: 'h1', response: { waitedMs: 4_000_000 } }
  const { card, arrange, cancel } = show([command(2, 'late'), held])
  expect(card.text()).toContain('Still wanted?')
  await card
    .findAll('button')
    .find((button) => button.text() === 'Run it')
    ?.trigger('click')
  expect(arrange).toHaveBeenCalledExactlyOnceWith({ action: 'confirm', commandId: ID(2) }, 'h1')
  await card
    .findAll('button')
    .find((button) => button.text() === 'Drop it')
    ?.trigger('click')
  expect(cancel).toHaveBeenCalledExactlyOnceWith(ID(2))
})

test('the Enter that ends a composed word saves nothing; the next one does', async () => {
  const { card, arrange, item } = show([...busy, command(2, 'two')])
  await item(0, 'Edit')
  const field = card.get('textarea')
  await field.setValue('日本')
  await field.trigger('keydown', { key: 'Enter', isComposing: true })
  await field.trigger('keydown', { key: 'Enter', keyCode: 229 })
  await field.trigger('keydown', { key: 'Enter', shiftKey: true })
  expect(arrange).not.toHaveBeenCalled()
  await field.trigger('keydown', { key: 'Enter', keyCode: 13 })
  expect(arrange).toHaveBeenCalledExactlyOnceWith({ action: 'edit', commandId: ID(2), command: '日本' })
})

test('[CMD6] how many files go with a waiting message is shown', () => {
  const files = [1, 2].map((n) => ({ id: ID(n), name: 'a.png', mediaType: 'image/png', bytes: 5 }))
  const waiting = command(2, 'look')
  const { card } = show([...busy, waiting, { kind: 'attached', response: { commandId: ID(2), files } }])
  expect(card.get('.note').text()).toContain('2 files')
})

test('[CMD6] that somebody else edits a waiting message is shown, one’s own editing is told and not shown', async () => {
  const { card, item } = show([...busy, command(2, 'two'), command(3, 'three')])
  const presence = usePresenceStore()
  const observer = (id: string, device: string, editing?: string): Observer => ({
    ...{ id, author: { id: 'a', name: 'Anna', device }, state: 'viewing', since: 0 },
    ...(editing === undefined ? {} : { editing }),
  })
  presence.apply({ sessionId: 's', observers: [observer('1', 'Phone', ID(2)), observer('2', 'Desk')] })
  await nextTick()
  const notes = () => card.findAll('.note.need').map((note) => note.text())
  expect(notes()).toEqual(['being edited on Phone'])
  await item(1, 'Edit')
  expect(card.emitted('editing')).toEqual([[ID(3)]])
  presence.apply({ sessionId: 's', observers: [observer('2', 'Desk', ID(3))] })
  await card.get('textarea').setValue('three, but better')
  await card.get('form').trigger('submit')
  expect(card.emitted('editing')).toEqual([[ID(3)], [undefined]])
  expect(notes()).toEqual([]) // the relay has not heard that it is over
  presence.apply({ sessionId: 's', observers: [observer('2', 'Desk')] })
  await nextTick()
  presence.apply({ sessionId: 's', observers: [observer('1', 'Phone', ID(3))] })
  await nextTick()
  expect(notes()).toEqual(['being edited on Phone'])
  card.unmount()
})

test('[CMD6] whoever leaves a text untouched for a minute does not count as editing it', async () => {
  vi.useFakeTimers()
  const { card, item } = show([...busy, command(2, 'two')])
  await item(0, 'Edit')
  vi.advanceTimersByTime(50_000)
  await card.get('textarea').setValue('two!')
  vi.advanceTimersByTime(50_000)
  await nextTick()
  expect(card.emitted('editing')).toEqual([[ID(2)]])
  vi.advanceTimersByTime(20_000)
  await nextTick()
  expect(card.emitted('editing')).toEqual([[ID(2)], [undefined]])
  vi.useRealTimers()
  card.unmount()
})
