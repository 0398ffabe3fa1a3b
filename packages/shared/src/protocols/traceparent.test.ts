import { expect, test } from 'vitest'
import { commandPlace, readTraceparent, traceIdOf, writeTraceparent } from './traceparent.ts'

test('a place in a trace is read as it was written, and what is none is left alone', () => {
  const place = { traceId: traceIdOf('0AF76519-16CD-43DD-8448-EB211C80319C'), spanId: 'b7ad6b7169203331' }
  expect(writeTraceparent(place)).toBe('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
  expect(readTraceparent(writeTraceparent(place))).toEqual(place)
  expect(readTraceparent(`${writeTraceparent(place).replace('00', 'cc')}-later`)).toEqual(place)
  const nothing = [
    undefined,
    '',
    'x',
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-${place.traceId}-${'0'.repeat(16)}-01`,
  ]
  for (const text of nothing) expect(readTraceparent(text)).toBeUndefined()
})

test('the place of a command is known to whoever knows its id', () => {
  const place = commandPlace('0AF76519-16CD-43DD-8448-EB211C80319C')
  expect(place).toEqual({ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: '8448eb211c80319c' })
  expect(readTraceparent(writeTraceparent(place))).toEqual(place)
})
