// @vitest-environment node
import { FarhandError } from '@farhand/shared'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { memoryDevice, type Device } from '../services/device.ts'
import type { Stand } from '../services/leadership.ts'
import { memoryStorage, type KeptCommand } from '../services/outboxStorage.ts'
import type { News, Peers } from '../services/peers.ts'
import { useConnectionStore } from './connectionStore.ts'
import { useNoticeStore } from './noticeStore.ts'
import { settle } from '../testing/world.ts'
import { MAX_KEPT_COMMANDS, OLD_AFTER_MS } from './outboxRules.ts'
import { RETRY_MS } from './outboxSender.ts'
import { useOutboxStore } from './outboxStore.ts'

beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

let at = 0
function command(commandId: string, sessionId = 's1'): KeptCommand {
  at += 1
  return { commandId, sessionId, projectId: 'p', text: commandId, at: Date.now() + at }
}

/** A device whose database outlives the page. */
function deviceWith(kept: Map<string, KeptCommand> = new Map(), parts: Partial<Device> = {}): Device {
  return memoryDevice({ durable: true, outbox: memoryStorage(kept), ...parts })
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
  await outbox.open(deviceWith(kept))
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
  await outbox.open(deviceWith(kept))
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
  await outbox.open(deviceWith())
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
  await outbox.open(deviceWith())
  const relay = sender()
  outbox.connect(relay.send)
  await outbox.add(command('a'))
  await outbox.add(command('b'))
  relay.refuse(new FarhandError('QUEUE_FULL', 'too many wait'))
  await settle()
  expect(relay.sent).toEqual(['a'])
  expect(outbox.find('a')).toMatchObject({ state: 'kept', hold: { code: 'QUEUE_FULL', message: 'too many wait' } })
  await vi.advanceTimersByTimeAsync(RETRY_MS)
  expect(relay.sent).toEqual(['a', 'a'])
})

test('a refusal for good is shown with its reason and lets the next one go', async () => {
  const kept = new Map<string, KeptCommand>()
  const outbox = useOutboxStore()
  await outbox.open(deviceWith(kept))
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
  await outbox.retry('a')
  expect(relay.sent).toEqual(['a', 'b', 'a'])
  expect(kept.get('a')?.failure).toBeUndefined()
  await outbox.remove('a')
  expect(kept.size).toBe(0)
})

test('[F74] a storage that fails is told once, and the message is sent all the same', async () => {
  const outbox = useOutboxStore()
  const relay = sender()
  const broken = { ...memoryStorage(), put: () => Promise.reject(new Error('quota')) }
  await outbox.open(deviceWith(new Map(), { outbox: broken }))
  outbox.connect(relay.send)
  const first = watchPromise(outbox.add(command('a')))
  await settle()
  expect(useNoticeStore().text).toMatch(/does not store/)
  useNoticeStore().hide()
  expect(relay.sent).toEqual(['a'])
  expect(first.settled).toBe(false)
  relay.accept()
  await settle()
  expect(first.settled).toBe(true)
  void outbox.add(command('b'))
  await settle()
  expect(useNoticeStore().text).toBe('')
})

test('[F75] the 101st waiting command is refused at once with QUEUE_FULL, and nothing of it is kept', async () => {
  const kept = new Map<string, KeptCommand>()
  const outbox = useOutboxStore()
  await outbox.open(deviceWith(kept))
  for (let number = 1; number <= MAX_KEPT_COMMANDS; number += 1) await outbox.add(command(`c${number}`))
  await expect(outbox.add(command('one more'))).rejects.toMatchObject({ code: 'QUEUE_FULL' })
  expect(kept.size).toBe(100)
  expect(outbox.find('one more')).toBeUndefined()
  await outbox.remove('c7')
  await outbox.add(command('one more'))
  expect(kept.has('one more')).toBe(true)
})

test('[F76] what was written hours ago is not sent by surprise: a person is asked, and says so once', async () => {
  const old = { ...command('old'), at: Date.now() - 6 * 60 * 60 * 1000 }
  const kept = new Map([
    ['old', old],
    ['new', command('new')],
  ])
  const outbox = useOutboxStore()
  const relay = sender()
  await outbox.open(deviceWith(kept))
  outbox.connect(relay.send)
  await settle()
  expect(relay.sent).toEqual(['new'])
  expect(outbox.find('old')).toMatchObject({ state: 'failed', failure: { code: 'EXPIRED' } })
  expect(outbox.find('old')?.failure?.message).toMatch(/6 h 0 min ago/)
  relay.accept()
  await settle()
  await outbox.retry('old')
  expect(relay.sent).toEqual(['new', 'old'])
})

test('[F76] an age is told by the relay, not by a clock that is a day off', async () => {
  const outbox = useOutboxStore()
  const relay = sender()
  const connection = useConnectionStore()
  connection.takeServerTime(Date.now() + 24 * 60 * 60 * 1000)
  await outbox.open(deviceWith())
  await outbox.add({ ...command('fresh'), at: connection.relayNow() })
  outbox.connect(relay.send)
  expect(relay.sent).toEqual(['fresh'])
  expect(OLD_AFTER_MS).toBeLessThan(24 * 60 * 60 * 1000)
})

test('[F70] only the tab that leads sends; the others show how it goes', async () => {
  const { kept, openTab } = browser()
  const first = await openTab()
  const second = await openTab()
  first.outbox.connect(first.relay.send)
  second.outbox.connect(second.relay.send)
  await second.outbox.add(command('a'))
  await settle()
  expect(first.relay.sent).toEqual(['a'])
  expect(second.relay.sent).toEqual([])
  expect(second.outbox.find('a')?.state).toBe('sending')
  first.relay.accept()
  await settle()
  expect(second.outbox.find('a')?.state).toBe('sent')
  expect(kept.size).toBe(0)
})

test('[F70] a tab that dies while it sends is taken over at once, with the same command', async () => {
  const { openTab } = browser()
  const first = await openTab()
  const second = await openTab()
  first.outbox.connect(first.relay.send)
  second.outbox.connect(second.relay.send)
  await first.outbox.add(command('a'))
  await first.outbox.add(command('b'))
  await settle()
  expect(second.outbox.find('a')?.state).toBe('sending')
  first.die()
  await settle()
  expect(second.relay.sent).toEqual(['a'])
  second.relay.accept()
  await settle()
  expect(second.relay.sent).toEqual(['a', 'b'])
})

test('[F70] a tab without a connection gives the lead to one that has it', async () => {
  const { openTab } = browser()
  const first = await openTab()
  const second = await openTab()
  const disconnect = first.outbox.connect(first.relay.send)
  second.outbox.connect(second.relay.send)
  disconnect()
  await first.outbox.add(command('a'))
  await settle()
  expect(first.relay.sent).toEqual([])
  expect(second.relay.sent).toEqual(['a'])
})

test('[F70] what one tab removes is gone in the others', async () => {
  const { openTab } = browser()
  const first = await openTab()
  const second = await openTab()
  await first.outbox.add(command('a'))
  await settle()
  expect(second.outbox.of('s1')).toHaveLength(1)
  await second.outbox.remove('a')
  await settle()
  expect(first.outbox.of('s1')).toEqual([])
})

test('another person who signs in with this browser neither sees nor sends what waits here', async () => {
  const kept = new Map([['theirs', { ...command('theirs'), personId: 'anna' }]])
  const outbox = useOutboxStore()
  const connection = useConnectionStore()
  const relay = sender()
  await outbox.open(deviceWith(kept))
  connection.personId = 'ben'
  outbox.connect(relay.send)
  await settle()
  expect(outbox.of('s1')).toEqual([])
  expect(relay.sent).toEqual([])
  await outbox.add(command('mine'))
  expect(kept.get('mine')?.personId).toBe('ben')
  expect(relay.sent).toEqual(['mine'])
})

function watchPromise(promise: Promise<unknown>): { settled: boolean } {
  const state = { settled: false }
  promise.then(
    () => (state.settled = true),
    () => undefined,
  )
  return state
}

/** The tabs of one browser: one database, one lock that is handed on in turn, and a channel between them. */
function browser() {
  const kept = new Map<string, KeptCommand>()
  const queue: { onElected: () => void }[] = []
  const listeners = new Set<(news: News) => void>()
  const stand: Stand = (onElected) => {
    const place = { onElected }
    queue.push(place)
    if (queue[0] === place) onElected()
    return {
      leads: () => queue[0] === place,
      resign() {
        const led = queue[0] === place
        queue.splice(queue.indexOf(place), 1)
        if (led) queue[0]?.onElected()
      },
    }
  }
  async function openTab() {
    const outbox = useOutboxStore(createPinia())
    let dead = false
    let mine: (news: News) => void = () => {}
    const peers: Peers = {
      tell: (news) => !dead && listeners.forEach((hear) => hear !== mine && queueMicrotask(() => hear(news))),
      listen(hear) {
        mine = (news) => !dead && hear(news)
        listeners.add(mine)
        return () => listeners.delete(mine)
      },
      close: () => {},
    }
    const places: { resign(): void }[] = []
    await outbox.open(
      deviceWith(kept, {
        peers,
        stand(onElected) {
          const place = stand(onElected)
          places.push(place)
          return place
        },
      }),
    )
    return {
      outbox,
      relay: sender(),
      /** Nothing is said any more, and the browser frees what it held. */
      die() {
        dead = true
        for (const place of places) place.resign()
      },
    }
  }
  return { kept, openTab }
}

test('each session waits for as long as it was told, whatever others are told and whatever else is sent', async () => {
  const outbox = useOutboxStore()
  await outbox.open(deviceWith())
  const relay = sender()
  outbox.connect(relay.send)
  await outbox.add(command('long', 's1'))
  relay.refuse(new FarhandError('RATE_LIMITED', 'slowly', { retryAfterMs: 60_000 }))
  await settle()
  await outbox.add(command('short', 's2'))
  relay.refuse(new FarhandError('QUEUE_FULL', 'later', { retryAfterMs: 2_000 }))
  await settle()
  await outbox.add(command('other', 's3'))
  expect(relay.sent).toEqual(['long', 'short', 'other'])
  await vi.advanceTimersByTimeAsync(2_500)
  expect(relay.sent).toEqual(['long', 'short', 'other', 'short'])
  await vi.advanceTimersByTimeAsync(55_000)
  expect(relay.sent.filter((id) => id === 'long')).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(relay.sent.filter((id) => id === 'long')).toHaveLength(2)
})
