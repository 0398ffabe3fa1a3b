import { expect, test } from 'vitest'
import { readOptions, UsageError } from './options.ts'

test('without anything said, it listens on loopback, port 3000', () => {
  expect(readOptions([], {})).toEqual({ mode: 'start', host: '127.0.0.1', port: 3000, lan: false, projects: [] })
})

test('HOST and PORT are honoured, flags win over them, and empty ones count as absent', () => {
  expect(readOptions(['demo'], { HOST: '::1', PORT: '4000' })).toMatchObject({ mode: 'demo', host: '::1', port: 4000 })
  expect(readOptions(['--port', '5000'], { HOST: '', PORT: '4000' })).toMatchObject({ host: '127.0.0.1', port: 5000 })
})

test('what belongs to the server and the agent is passed on', () => {
  const args = ['start', '--lan', '--project', 'a', '--project', 'b']
  expect(readOptions(args, {})).toMatchObject({ lan: true, projects: ['a', 'b'] })
})

test('--lan means every address, unless one of the network’s is named', () => {
  expect(readOptions(['--lan'], { HOST: '127.0.0.1' })).toMatchObject({ lan: true, host: '0.0.0.0' })
  expect(readOptions(['--lan'], { HOST: '192.0.2.1' })).toMatchObject({ lan: true, host: '192.0.2.1' })
})

test.each([
  ['a port that is no number', ['--port', '80a'], /PORT must be a number from 0 to 65535, not "80a"/],
  ['a port that does not exist', ['--port', '65536'], /PORT must be a number/],
  ['a mode that does not exist', ['fly'], /Unknown: fly/],
  ['a flag that does not exist', ['--fast'], /--fast/],
])('%s is a mistake in one sentence', (_name, args, message) => {
  expect(() => readOptions(args, {})).toThrow(UsageError)
  expect(() => readOptions(args, {})).toThrow(message)
})

test('help is asked for in two ways', () => {
  expect(readOptions(['--help'], {})).toBe('help')
  expect(readOptions(['demo', '-h'], {})).toBe('help')
})
