import { expect, test } from 'vitest'
import { parseCommandLine } from './cli.ts'

test('flags are read, --project may be repeated', () => {
  const args = [
    '--server',
    'http://relay',
    '--token',
    't',
    '--name',
    'n',
    '--dir',
    'd',
    '--project',
    'a',
    '--project=b',
    '--claude',
    'c',
  ]
  expect(parseCommandLine(args)).toEqual({
    action: 'run',
    flags: { server: 'http://relay', token: 't', name: 'n', dir: 'd', projects: ['a', 'b'], claude: 'c' },
  })
  expect(parseCommandLine([])).toEqual({ action: 'run', flags: { projects: [] } })
})

test('help and version', () => {
  expect(parseCommandLine(['--help'])).toEqual({ action: 'help' })
  expect(parseCommandLine(['-v'])).toEqual({ action: 'version' })
})

test.for([['--nonsense'], ['project'], ['--token']])('%j is not understood', (args) => {
  expect(() => parseCommandLine(args)).toThrow(TypeError)
})
