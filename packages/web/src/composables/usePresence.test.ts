import { createPinia, setActivePinia } from 'pinia'
import { createApp, effectScope, nextTick, ref } from 'vue'
import { beforeEach, expect, test } from 'vitest'
import { useConnectionStore } from '../stores/connectionStore.ts'
import { fakeRelay } from '../testing/world.ts'
import { usePresence } from './usePresence.ts'
import { RELAY } from './useWebSocket.ts'

beforeEach(() => setActivePinia(createPinia()))

test('only what is typed here is told as typing, and what is edited here as edited', async () => {
  useConnectionStore().setLink({ name: 'connected', since: 0 })
  const fake = fakeRelay(() => ({ ok: true }))
  const app = createApp({})
  app.provide(RELAY, fake.relay)
  const scope = effectScope()
  const draft = ref('')
  const loaded = ref(false)
  const editing = ref<string>()
  app.runWithContext(() => {
    scope.run(() =>
      usePresence(
        's',
        () => true,
        () => (loaded.value ? '' : draft.value),
        () => false,
        () => editing.value,
      ),
    )
  })
  const told = () => fake.asked.map(({ payload }) => (payload as { state: string }).state)
  loaded.value = true
  draft.value = 'from another tab'
  await nextTick()
  expect(told()).toEqual(['viewing'])
  loaded.value = false
  await nextTick()
  expect(told()).toEqual(['viewing', 'typing'])
  editing.value = 'c'
  await nextTick()
  editing.value = undefined
  await nextTick()
  expect(fake.asked.slice(2).map(({ payload }) => payload)).toEqual([
    { sessionId: 's', state: 'typing', editing: 'c' },
    { sessionId: 's', state: 'typing' },
  ])
  scope.stop()
})
