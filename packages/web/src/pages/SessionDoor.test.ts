import { flushPromises, mount } from '@vue/test-utils'
import { expect, test, vi } from 'vitest'
import SessionDoor from './SessionDoor.vue'

vi.mock('./SessionPage.vue', () => {
  throw new Error('404')
})

test('a page that can’t be loaded says so, and what to do', async () => {
  const told = vi.spyOn(console, 'error').mockReturnValue(undefined)
  const door = mount(SessionDoor, { global: { config: { warnHandler: () => undefined } } })
  expect(door.text()).toBe('')
  await vi.waitFor(async () => {
    await flushPromises()
    expect(door.get('[role=alert]').text()).toContain('could not be loaded')
  })
  expect(door.get('button').text()).toBe('Reload')
  told.mockRestore()
  door.unmount()
})
