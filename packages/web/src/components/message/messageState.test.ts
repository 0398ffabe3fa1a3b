// @vitest-environment node
import type { Run, RunState } from '@farhand/shared'
import { expect, test } from 'vitest'
import type { OutboxItem } from '../../stores/outboxRules.ts'
import { acceptedState, keptState } from './messageState.ts'

const HERE = { busy: false, online: true, machine: 'workstation' }

function item(part: Partial<OutboxItem> = {}): OutboxItem {
  const command = { commandId: 'c', sessionId: 's', projectId: 'p', text: 'hi', at: 1 }
  return { ...command, state: 'kept', ...part }
}

function run(state: RunState): Run {
  return { commandId: 'c', state, acceptedAt: 1 }
}

test('each station of a message is said in words', () => {
  expect(keptState(item(), false, true).text).toMatch(/^Kept on this device/)
  expect(keptState(item(), false, false).text).toMatch(/^Kept while this page is open/)
  expect(keptState(item({ unstored: true }), false, true).text).toMatch(/^Kept while this page is open/)
  expect(keptState(item({ state: 'sending' }), true, true)).toMatchObject({ text: 'Sending…', late: true })
  expect(keptState(item({ state: 'sent' }), true, true).text).toBe('Sent')
  expect(acceptedState(run({ name: 'waiting' }), HERE).text).toBe('Accepted')
  expect(acceptedState(run({ name: 'waiting' }), { ...HERE, busy: true }).text).toBe('Accepted · next in line')
  expect(acceptedState(run({ name: 'running', since: 1 }), HERE).text).toMatch(/^With Claude since /)
  expect(acceptedState(run({ name: 'complete', at: 2, body: { durationMs: 1 } }), HERE).text).toBe('')
})

test('a message for a machine that is away says what it waits for, and can be cancelled', () => {
  expect(acceptedState(run({ name: 'waiting' }), { ...HERE, online: false })).toMatchObject({
    text: 'Accepted · waits for workstation',
    actions: ['cancel'],
  })
})

test('a refused message says its code, its reason, and what to do', () => {
  const failure = { code: 'TOO_LARGE', message: 'The text is too long.' }
  const state = keptState(item({ state: 'failed', failure }), true, true)
  expect(state).toMatchObject({ code: 'TOO_LARGE', tone: 'fail', actions: ['edit', 'remove'] })
  expect(state.text).toMatch(/^Not sent: The text is too long\. Shorten it/)
})

test('[F76] a message that grew old asks, and says nothing more', () => {
  const failure = { code: 'EXPIRED', message: 'It was written 6 h 0 min ago. Send it still?' }
  const state = keptState(item({ state: 'failed', failure }), true, true)
  expect(state.text).toBe(`Not sent: ${failure.message}`)
  expect(state.actions).toEqual(['retry', 'edit', 'remove'])
})

test('[F75] a message that the relay does not take yet says why, and can be taken back', () => {
  const hold = { code: 'QUEUE_FULL', message: 'Too many commands of this session wait already.' }
  expect(keptState(item({ hold }), true, true)).toMatchObject({
    text: `Not sent yet: ${hold.message} Trying again.`,
    actions: ['edit', 'remove'],
  })
})
