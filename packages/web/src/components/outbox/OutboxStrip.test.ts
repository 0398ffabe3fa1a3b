import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { nextTick } from 'vue'
import { beforeEach, expect, test } from 'vitest'
import { createRouter, createMemoryHistory } from 'vue-router'
import { memoryDevice } from '../../services/device.ts'
import { memoryStorage, type KeptCommand } from '../../services/outboxStorage.ts'
import { useConnectionStore } from '../../stores/connectionStore.ts'
import { useOutboxStore } from '../../stores/outboxStore.ts'
import OutboxStrip from './OutboxStrip.vue'

beforeEach(() => setActivePinia(createPinia()))

function command(commandId: string, part: Partial<KeptCommand> = {}): KeptCommand {
  const at = useConnectionStore().relayNow()
  return { commandId, sessionId: 's1', projectId: 'p', text: `text of ${commandId}`, at, ...part }
}

async function show(...commands: KeptCommand[]) {
  const kept = new Map(commands.map((kept) => [kept.commandId, kept]))
  const outbox = useOutboxStore()
  await outbox.open(memoryDevice({ durable: true, outbox: memoryStorage(kept) }))
  const page = { template: '<p />' }
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/', component: page },
      { path: '/s/:sessionId', name: 'session', component: page },
    ],
  })
  const strip = mount(OutboxStrip, { props: { sessionId: 's1' }, global: { plugins: [router] } })
  await nextTick()
  return { outbox, kept, strip }
}

test('[CMD1] without the relay it says how many wait, and which', async () => {
  const { strip } = await show(command('a'), command('b'), command('c', { sessionId: 's2' }))
  expect(strip.text()).toContain('3 messages wait to be sent (all sessions)')
  await strip.get('[aria-expanded]').trigger('click')
  expect(strip.findAll('li').map((line) => line.text())).toEqual([
    expect.stringContaining('text of a'),
    expect.stringContaining('text of b'),
    expect.stringContaining('text of c'),
  ])
  expect(strip.get('li a').attributes('href')).toBe('/s/s2')
})

test('on a living connection what is sent in a moment is not worth a strip', async () => {
  const { strip } = await show(command('a'))
  useConnectionStore().setLink({ name: 'connected', since: 0 })
  await nextTick()
  expect(strip.text()).toBe('')
})

test('what was refused can be sent again or given up, all at once', async () => {
  const failure = { code: 'NOT_FOUND', message: 'There is no such project.' }
  const { strip, outbox, kept } = await show(command('a', { failure }), command('b', { failure }))
  expect(strip.text()).toContain('2 messages were not sent')
  await strip
    .findAll('button')
    .find((button) => button.text() === 'Retry all')
    ?.trigger('click')
  expect(outbox.failed).toEqual([])
  expect(outbox.waiting).toHaveLength(2)
  outbox.waiting.forEach((item) => Object.assign(item, { state: 'failed', failure }))
  await nextTick()
  await strip
    .findAll('button')
    .find((button) => button.text() === 'Remove all')
    ?.trigger('click')
  await nextTick()
  expect(kept.size).toBe(0)
  expect(strip.text()).toBe('')
})

test('what would be refused again is not offered to be sent again', async () => {
  const { strip } = await show(command('a', { failure: { code: 'TOO_LARGE', message: 'too long' } }))
  expect(strip.text()).toContain('1 message was not sent')
  expect(strip.text()).not.toContain('Retry all')
})
