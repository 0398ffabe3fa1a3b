import { describe, expect, test } from 'vitest'
import { parseBody } from './bodies.ts'
import {
  commandResponsesSchema,
  entrySchema,
  executeCommandSchema,
  MAX_RESPONSES_PER_MESSAGE,
  sendInputSchema,
} from './messages.ts'

const ID = '00000000-0000-4000-8000-000000000001'
const response = { sessionId: ID, commandId: ID, n: 1, kind: 'text', data: 'x', isComplete: false, at: 1 }

describe('execute_command', () => {
  test('two fields are enough', () => {
    expect(executeCommandSchema.parse({ projectId: ID, command: 'hi' })).toEqual({ projectId: ID, command: 'hi' })
  })

  test('fields of a newer sender are dropped, not refused', () => {
    expect(executeCommandSchema.parse({ projectId: ID, command: 'hi', hologram: 1 })).not.toHaveProperty('hologram')
  })

  test.each([
    ['no project', { command: 'hi' }],
    ['no UUID', { projectId: '1; drop table', command: 'hi' }],
    ['an empty command', { projectId: ID, command: '' }],
    ['a command that is no text', { projectId: ID, command: ['hi'] }],
    ['NUL in the directory', { projectId: ID, command: 'hi', workingDirectory: 'a\0b' }],
    ['an over-long directory', { projectId: ID, command: 'hi', workingDirectory: 'a'.repeat(5000) }],
    [
      'a session to resume that looks like a flag',
      { projectId: ID, command: 'hi', options: { resume: '--settings=x' } },
    ],
    ['a model that looks like a flag', { projectId: ID, command: 'hi', options: { model: '--dangerously' } }],
    ['another event', { type: 'subscribe', projectId: ID, command: 'hi' }],
    ['null', null],
    ['an array', []],
  ])('[CON4] %s is refused', (_name, payload) => {
    expect(executeCommandSchema.safeParse(payload).success).toBe(false)
  })
})

test('[CON4] an input has one of the four kinds', () => {
  const input = { sessionId: ID, kind: 'cancel', data: '{}' }
  expect(sendInputSchema.safeParse(input).success).toBe(true)
  expect(sendInputSchema.safeParse({ ...input, kind: 'command' }).success).toBe(false)
})

test('[CON4] a response message holds one or at most 64', () => {
  expect(commandResponsesSchema.safeParse(response).success).toBe(true)
  const many = (count: number) => Array.from({ length: count }, (_, index) => ({ ...response, n: index + 1 }))
  expect(commandResponsesSchema.safeParse(many(MAX_RESPONSES_PER_MESSAGE)).success).toBe(true)
  expect(commandResponsesSchema.safeParse(many(MAX_RESPONSES_PER_MESSAGE + 1)).success).toBe(false)
  expect(commandResponsesSchema.safeParse([]).success).toBe(false)
})

test('[LOG6] an entry of an unknown kind is an entry', () => {
  const entry = {
    type: 'command_result',
    sessionId: ID,
    seq: 1,
    prev: 0,
    commandId: ID,
    kind: 'hologram',
    response: '',
    status: 'streaming',
    at: 1,
  }
  expect(entrySchema.safeParse(entry).success).toBe(true)
})

describe('bodies', () => {
  test('text kinds are the text itself, even where it looks like JSON', () => {
    expect(parseBody('text', '{"a":1}')).toEqual({ kind: 'text', body: '{"a":1}' })
  })

  test('extra fields are kept for whoever knows them', () => {
    const parsed = parseBody('notice', '{"level":"info","type":"retry","message":"m","attempt":2}')
    expect(parsed).toMatchObject({ kind: 'notice', body: { attempt: 2 } })
  })

  test('[LOG6] a kind named like a property of every object is unknown', () => {
    expect(parseBody('constructor', '{}').kind).toBe('unknown')
  })
})
