// @vitest-environment node
import { emptyTimeline, FarhandError, foldEntries } from '@farhand/shared'
import { buildLog, COMMAND_ID } from '@farhand/shared/testing'
import { createPinia, setActivePinia } from 'pinia'
import { expect, onTestFinished, test, vi } from 'vitest'
import { shallowRef } from 'vue'
import { useNoticeStore } from '../stores/noticeStore.ts'
import { useStop } from './useStop.ts'

const RUNNING = [
  { kind: 'command', response: 'hi' },
  { kind: 'run_started', response: {} },
] as const
const CANCEL = { kind: 'cancel', response: { commandId: COMMAND_ID } } as const
const END = { kind: 'run_finished', status: 'error', code: 'CANCELLED', response: { durationMs: 1 } } as const

function buildStop(cancel: (commandId: string) => Promise<void>) {
  setActivePinia(createPinia())
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const fold = (lines: Parameters<typeof buildLog>[0]) => foldEntries(emptyTimeline(), buildLog(lines))
  const timeline = shallowRef(fold(RUNNING))
  return {
    ...useStop(() => timeline.value, cancel),
    say: (...more: object[]) => (timeline.value = fold([...RUNNING, ...more])),
  }
}

test('whoever stops a run sees at once that it is stopping, and only the log says that it has', async () => {
  let hear = (): void => {}
  const cancel = vi.fn(() => new Promise<void>((heard) => (hear = heard)))
  const { stop, stopping, stoppable, say } = buildStop(cancel)
  expect(stopping.value).toBe(false)
  const stopped = stop()
  expect(stopping.value).toBe(true)
  await stop()
  hear()
  await stopped
  expect(stopping.value).toBe(true) // the relay has heard it, and its word for it comes a moment later
  say(CANCEL)
  expect([stopping.value, stoppable.value]).toEqual([true, COMMAND_ID])
  say(CANCEL, END)
  expect([stopping.value, stoppable.value]).toEqual([false, undefined])
  expect(cancel).toHaveBeenCalledExactlyOnceWith(COMMAND_ID)
})

test('a stop that was refused is told, and can be asked for again', async () => {
  const cancel = vi.fn(() => Promise.reject(new FarhandError('RATE_LIMITED', 'Too fast.')))
  const { stop, stopping } = buildStop(cancel)
  await stop()
  expect(stopping.value).toBe(false)
  expect(useNoticeStore().text).toContain('Too fast.')
  await stop()
  expect(cancel).toHaveBeenCalledTimes(2)
})
