// @vitest-environment node
import { FarhandError } from '@farhand/shared'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { memoryStorage, type KeptCommand } from '../services/outboxStorage.ts'
import { settle } from '../testing/world.ts'
import { RETRY_MS, useOutboxStore } from './outboxStore.ts'

beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

let at = 0
function command(commandId: string, sessionId = 's1'): KeptCommand {
  at += 1
  return { commandId, sessionId, projectId: 'p', text: commandId, opensSession: false, at }
}

/** A relay that answers when a test says so. */
function sender() {
  const sent: string[] = []
  const waiting: { resolve: () => void; reject: (error: unknown) => void }[] = []
  return {
    sent,
    send: (kept: KeptCommand): Promise<void> =>
      new Promise((resolve, reject) => {
        sent.push(kept.commandId)
        waiting.push({ resolve, reject })
      }),
    accept: () => waiting.shift()?.resolve(),
    refuse: (error: unknown) => waiting.shift()?.reject(error),
  }
}

test('[CMD1] a command is in the storage before it counts as kept, and until it is acknowledged', async () => {
  const kept = new Map<string, KeptCommand>()
  const outbox = useOutboxStore()
  const relay = sender()
  await outbox.open(memoryStorage(kept, true))
  const added = outbox.add(command('a'))
  expect(outbox.find('a')?.state).toBe('saving')
  await added
  expect(outbox.find('a')?.state).toBe('kept')
  outbox.connect(relay.send)
  expect(kept.has('a')).toBe(true)
  relay.accept()
  await settle()
  expect(outbox.find('a')?.state).toBe('sent')
  expect(kept.has('a')).toBe(false)
})

test('[CMD1] what was kept before a reload is sent after it, in order and one at a time per session', async () => {
  const kept = new Map(['a', 'b', 'c'].map((id) => [id, command(id)]))
  kept.set('other', command('other', 's2'))
  const outbox = useOutboxStore()
  const relay = sender()
  outbox.connect(relay.send)
  await outbox.open(memoryStorage(kept, true))
  expect(relay.sent).toEqual(['a', 'other'])
  relay.accept()
  await settle()
  expect(relay.sent).toEqual(['a', 'other', 'b'])
  relay.accept()
  relay.accept()
  await settle()
  expect(relay.sent).toEqual(['a', 'other', 'b', 'c'])
})

test('[CMD1] a lost connection sends the same command again under its id', async () => {
  const outbox = useOutboxStore()
  const first = sender()
  const second = sender()
  const disconnect = outbox.connect(first.send)
  await outbox.add(command('a'))
  await outbox.add(command('b'))
  disconnect()
  outbox.connect(second.send)
  first.refuse(new FarhandError('INTERNAL', 'lost'))
  await settle()
  expect(second.sent).toEqual(['a'])
  second.accept()
  await settle()
  expect(second.sent).toEqual(['a', 'b'])
  expect(first.sent).toEqual(['a'])
})

test('a refusal that may pass is tried again after its pause, and nothing overtakes it', async () => {
  const outbox = useOutboxStore()
  const relay = sender()
  outbox.connect(relay.send)
  await outbox.add(command('a'))
  await outbox.add(command('b'))
  relay.refuse(new FarhandError('QUEUE_FULL'))
  await settle()
  expect(relay.sent).toEqual(['a'])
  await vi.advanceTimersByTimeAsync(RETRY_MS)
  expect(relay.sent).toEqual(['a', 'a'])
})

test('a refusal for good is shown with its reason and lets the next one go', async () => {
  const kept = new Map<string, KeptCommand>()
  const outbox = useOutboxStore()
  await outbox.open(memoryStorage(kept, true))
  const relay = sender()
  outbox.connect(relay.send)
  await outbox.add(command('a'))
  await outbox.add(command('b'))
  relay.refuse(new FarhandError('TOO_LARGE', 'too long'))
  await settle()
  expect(outbox.find('a')).toMatchObject({ state: 'failed', failure: { code: 'TOO_LARGE', message: 'too long' } })
  expect(kept.get('a')?.failure?.code).toBe('TOO_LARGE')
  expect(relay.sent).toEqual(['a', 'b'])
  relay.accept()
  await settle()
  outbox.retry('a')
  expect(relay.sent).toEqual(['a', 'b', 'a'])
  await outbox.remove('a')
  expect(kept.size).toBe(0)
})

test('a storage that fails is told, and the message is sent all the same', async () => {
  const outbox = useOutboxStore()
  const relay = sender()
  await outbox.open({ ...memoryStorage(), put: () => Promise.reject(new Error('quota')) })
  outbox.connect(relay.send)
  await expect(outbox.add(command('a'))).rejects.toThrow('quota')
  expect(relay.sent).toEqual(['a'])
})
