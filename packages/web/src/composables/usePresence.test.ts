import { createPinia, setActivePinia } from 'pinia'
import { createApp, effectScope, nextTick, ref } from 'vue'
import { beforeEach, expect, test } from 'vitest'
import { useConnectionStore } from '../stores/connectionStore.ts'
import { fakeRelay } from '../testing/world.ts'
import { usePresence } from './usePresence.ts'
import { RELAY } from './useWebSocket.ts'

beforeEach(() => setActivePinia(createPinia()))

test('only what is typed here is told as typing', async () => {
  useConnectionStore().setLink({ name: 'connected', since: 0 })
  const fake = fakeRelay(() => ({ ok: true }))
  const app = createApp({})
  app.provide(RELAY, fake.relay)
  const scope = effectScope()
  const draft = ref('')
  const loaded = ref(false)
  app.runWithContext(() => {
    scope.run(() =>
      usePresence(
        's',
        () => true,
        () => (loaded.value ? '' : draft.value),
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
  scope.stop()
})
