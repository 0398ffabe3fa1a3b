// @vitest-environment node
import { expect, test } from 'vitest'
import { driftOf } from './drift.ts'

const drift = { recorded: '2.1.329', unknown: [], gone: [] }

test.for([
  ['2.1.329', false],
  ['2.1.330', true],
  ['2.2.0', true],
  ['2.2', true],
  ['3', true],
  ['2.1.99', false],
] as const)('%s is newer than 2.1.329: %s', ([version, newer]) => {
  const seen = driftOf({ version, drift: { ...drift, unknown: ['system/oracle'] } })
  expect(seen).toMatchObject({ version, newer, unknown: ['system/oracle'] })
})

test('the tested version is no drift, another version is', () => {
  expect(driftOf({ version: '2.1.329', drift })).toBeUndefined()
  expect(driftOf({ version: '2.1.330', drift })).toMatchObject({ newer: true })
  expect(driftOf({ version: '2.1.330' })).toBeUndefined()
  expect(driftOf({ drift })).toBeUndefined()
})
