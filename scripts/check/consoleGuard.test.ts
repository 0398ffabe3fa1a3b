import { expect, test } from 'vitest'
import { consoleGuard } from './consoleGuard.ts'

const silent = () => ({ warn: (..._said: unknown[]) => {}, error: (..._said: unknown[]) => {} })

test('an unexpected line fails the test in which it was said', () => {
  const speaker = silent()
  const guard = consoleGuard(speaker)
  guard.begin()
  speaker.warn('leaking %d things', 3)
  expect(guard.end).toThrow('unexpected console.warn: leaking 3 things')
})

test('an announced line passes, however often it is said', () => {
  const speaker = silent()
  const guard = consoleGuard(speaker)
  guard.begin()
  guard.expect('error', /refused/)
  speaker.error('refused once')
  speaker.error('refused twice')
  expect(guard.end).not.toThrow()
})

test('an announced line that is never said fails the test', () => {
  const guard = consoleGuard(silent())
  guard.begin()
  guard.expect('error', /refused/)
  expect(guard.end).toThrow('console.error never said /refused/')
})

test('an announcement of one level does not cover the other, and ends with its test', () => {
  const speaker = silent()
  const guard = consoleGuard(speaker)
  guard.begin()
  guard.expect('warn', /late/)
  speaker.error('late')
  expect(guard.end).toThrow('unexpected console.error: late')
  guard.begin()
  speaker.warn('late')
  expect(guard.end).toThrow('unexpected console.warn: late')
})

test('this very test run is guarded', () => {
  expectConsole('warn', /^guarded here$/)
  console.warn('guarded here')
})
