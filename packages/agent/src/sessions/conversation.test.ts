import { FarhandError } from '@farhand/shared'
import { expect, test, vi } from 'vitest'
import { drivers } from '../../test/fakeDriver.ts'
import { accepted, runnerParts } from '../../test/runnerParts.ts'
import { createConversation } from './conversation.ts'
import type { RunnerParts } from './runner.ts'

/** Which process a command gets, and what of its settings holds. The process is a fake one. */

function conversationOver(parts: RunnerParts) {
  drivers.length = 0
  const nothing = (): void => {}
  return createConversation({
    ...parts,
    records: parts.spool.sessions,
    facts: parts.spool.facts,
    events: {
      said: nothing,
      alive: nothing,
      turnOver: nothing,
      malformed: nothing,
      pressed: nothing,
      stumbled: nothing,
      judge: () => undefined,
      decided: nothing,
      asked: () => Promise.reject(new Error('nobody is asked here')),
      exited: nothing,
    },
  })
}

const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'PipeWrap').length

test('where the disk does not take the marker nothing is left behind', async () => {
  const parts = runnerParts()
  const conversation = conversationOver(parts)
  const { input } = accepted(parts)
  const before = sockets()
  vi.spyOn(parts.spool.sessions, 'mark').mockImplementationOnce(() => {
    throw new FarhandError('AGENT_STORAGE')
  })
  await expect(conversation.ready(input, '/')).rejects.toMatchObject({ code: 'AGENT_STORAGE' })
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(sockets()).toBeLessThanOrEqual(before)
  expect(drivers).toEqual([])
  await conversation.close()
})

test('two settings that come together both hold, in the process and for the next one', async () => {
  const parts = runnerParts()
  const conversation = conversationOver(parts)
  const { input } = accepted(parts)
  await conversation.ready(input, '/')
  await Promise.all([conversation.change({ model: 'opus' }), conversation.change({ effort: 'high' })])
  const both = { model: 'opus', effort: 'high' }
  expect(parts.spool.sessions.get(parts.sessionId).settings).toEqual(both)
  const [again] = await Promise.all([conversation.ready(input, '/'), conversation.change({ model: 'haiku' })])
  expect(again).toBe(drivers[0])
  expect(drivers[0]?.settings).toEqual({ ...both, model: 'haiku' })
  expect(parts.spool.sessions.get(parts.sessionId).settings).toEqual({ ...both, model: 'haiku' })
  await conversation.close()
})

test('a process that has just ended gets no prompt, whatever of it is still there', async () => {
  const parts = runnerParts()
  const conversation = conversationOver(parts)
  const { input } = accepted(parts)
  await conversation.ready(input, '/')
  const [first] = drivers
  if (first !== undefined) first.told = { gone: true }
  const model = { ...input, options: { model: 'opus' } }
  expect(await conversation.ready(model, '/')).toBe(drivers[1])
  expect(drivers[1]?.launch.settings).toEqual({ model: 'opus' })
  await conversation.close()
})

test('a process that hangs is told nothing more: a setting holds from the next one on, and a command gets the next one', async () => {
  const parts = runnerParts()
  const conversation = conversationOver(parts)
  const { input } = accepted(parts)
  const hang = (): void => {
    const last = drivers.at(-1)
    if (last !== undefined) last.hangs = true
  }
  await conversation.ready(input, '/')
  hang()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const changed = conversation.change({ model: 'opus' })
    await new Promise((resolve) => setImmediate(resolve))
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await changed).toBe('later')
    expect(await conversation.ready(input, '/')).toBe(drivers[1])
    hang()
    const third = conversation.ready({ ...input, options: { effort: 'low' } }, '/')
    await new Promise((resolve) => setImmediate(resolve))
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await third).toBe(drivers[2])
  } finally {
    vi.useRealTimers()
  }
  expect(drivers[1]?.endings[0]).toBe('terminate')
  expect(drivers[2]?.launch.settings).toEqual({ model: 'opus', effort: 'low' })
  await conversation.close()
})
