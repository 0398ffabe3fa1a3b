import { DatabaseError } from 'pg'
import { FarhandError } from '@farhand/shared'
import { expect, test } from 'vitest'
import { isUnreachable, toPostgresError } from './errors.ts'

function said(code: string): DatabaseError {
  return Object.assign(new DatabaseError('a value of somebody', 1, 'error'), { code, severity: 'ERROR' })
}

function system(code: string): Error {
  return Object.assign(new Error('connect'), { code })
}

test.each([
  ['[F31] a full disk', said('53100'), 'STORAGE_UNAVAILABLE', 'The disk of the database is full.'],
  ['[F31] a read-only database', said('25006'), 'STORAGE_UNAVAILABLE', 'The database is read-only.'],
  ['[F32] a failing disk', said('58030'), 'STORAGE_UNAVAILABLE', 'The database failed (58030).'],
  ['[F33] damage', said('XX001'), 'STORAGE_UNAVAILABLE', 'The database failed (XX001).'],
  ['a shutdown', said('57P01'), 'STORAGE_UNAVAILABLE', 'The database was shut down.'],
  ['[F30] a lock that is not given', said('55P03'), 'STORAGE_BUSY', 'Another transaction holds what is needed.'],
  ['too many connections', said('53300'), 'STORAGE_BUSY', 'The database takes no more connections.'],
  ['nobody who answers', new Error('timeout expired'), 'STORAGE_UNAVAILABLE', 'The database does not answer.'],
  [
    'no TLS',
    new Error('The server does not support SSL connections'),
    'STORAGE_UNAVAILABLE',
    'The database offers no TLS.',
  ],
  ['nobody there', system('ECONNREFUSED'), 'STORAGE_UNAVAILABLE', 'The database cannot be reached (ECONNREFUSED).'],
  [
    'a connection that was lost',
    new Error('Connection terminated unexpectedly'),
    'STORAGE_UNAVAILABLE',
    'The connection to the database was lost.',
  ],
])('%s is told in our own words, never in those of the database', (_name, error, code, message) => {
  expect(toPostgresError(error)).toMatchObject({ code, message })
})

test('what is no failure of the database comes back as it is', () => {
  for (const error of [said('42601'), new TypeError('a fault of ours'), new FarhandError('NOT_FOUND')]) {
    expect(toPostgresError(error)).toBe(error)
  }
})

test('a database that starts is waited for, one that refuses is not', () => {
  expect([system('ECONNREFUSED'), said('57P03')].map((error) => isUnreachable(toPostgresError(error)))).toEqual([
    true,
    true,
  ])
  expect([said('28P01'), said('3D000'), said('25006')].map((error) => isUnreachable(toPostgresError(error)))).toEqual([
    false,
    false,
    false,
  ])
})
