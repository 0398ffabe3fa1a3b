import { expect, test } from 'vitest'
import { compareShapes, describeDrift, isDrift, nameOf, shapesOf } from './shapes.ts'

const INIT = { type: 'system', subtype: 'init', model: 'm', cwd: '/' }
const START = { type: 'stream_event', event: { type: 'message_start', message: { id: '1' } } }

test('messages are told apart by type, and by subtype or event', () => {
  expect([INIT, START, { type: 'result' }].map(nameOf)).toEqual(['system/init', 'stream_event/message_start', 'result'])
  expect([null, 'x', {}, { type: 7 }, [INIT]].map(nameOf)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

test('a shape is what fields there are, from all messages of a name', () => {
  expect(shapesOf([START, INIT, { ...INIT, extra: 1 }, 'noise'])).toEqual({
    'stream_event/message_start': ['event', 'event.message', 'event.type', 'type'],
    'system/init': ['cwd', 'extra', 'model', 'subtype', 'type'],
  })
})

test('an unknown message and a field that is gone are drift; a new field, and a message that did not come, are not', () => {
  const known = shapesOf([INIT, START])
  expect(compareShapes(known, shapesOf([INIT]))).toEqual({ unknown: [], gone: [], added: [] })
  expect(isDrift(compareShapes(known, shapesOf([{ ...INIT, extra: 1 }])))).toBe(false)
  const { cwd: _gone, ...less } = INIT
  const drift = compareShapes(known, shapesOf([less, { type: 'oracle' }]))
  expect(drift).toEqual({ unknown: ['oracle'], gone: ['system/init: cwd'], added: [] })
  expect(isDrift(drift)).toBe(true)
  expect(describeDrift(drift)).toBe('messages that are not known: oracle; fields that are gone: system/init: cwd')
})
