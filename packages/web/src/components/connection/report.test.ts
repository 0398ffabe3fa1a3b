// @vitest-environment node
import { expect, test } from 'vitest'
import { connectionReport } from './report.ts'

test('a report says how the connection stands, and leaves out what is not known', () => {
  const report = connectionReport({
    ...{ at: 0, relay: 'http://studio:3000', status: { name: 'waiting', attempt: 3, until: 9 }, quality: 'every' },
    ...{
      roundTripMs: 24,
      usuallyMs: 30,
      heardMs: 2_400,
      protocol: 1,
      instance: undefined,
      secure: false,
      missing: ['a', 'b'],
    },
    ...{ unsent: 2, browser: 'Some browser' },
  })
  expect(report.split('\n')).toEqual([
    'time: 1970-01-01T00:00:00.000Z',
    'state: waiting, try 3',
    'roundTripMs: 24, usually 30',
    'missing: a, b',
    'relay: http://studio:3000',
    'quality: every',
    'heardMs: 2400',
    'protocol: 1',
    'secure: false',
    'unsent: 2',
    'browser: Some browser',
    '',
  ])
})
