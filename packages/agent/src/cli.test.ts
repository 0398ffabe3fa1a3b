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
    '--acp',
    'other --acp',
  ]
  expect(parseCommandLine(args)).toEqual({
    action: 'run',
    flags: {
      server: 'http://relay',
      token: 't',
      name: 'n',
      dir: 'd',
      projects: ['a', 'b'],
      claude: 'c',
      acp: 'other --acp',
    },
  })
  expect(parseCommandLine([])).toEqual({ action: 'run', flags: { projects: [] } })
})

test('help and version', () => {
  expect(parseCommandLine(['--help'])).toEqual({ action: 'help' })
  expect(parseCommandLine(['-v'])).toEqual({ action: 'version' })
})

test('what is asked of worktrees', () => {
  const flags = { projects: [], dir: 'd' }
  expect(parseCommandLine(['worktrees', '--dir', 'd'])).toEqual({ action: 'worktrees', flags })
  const remove = ['worktrees', 'remove', 'shop-1', '--dir', 'd']
  expect(parseCommandLine(remove)).toEqual({ action: 'worktrees', flags, remove: 'shop-1' })
})

test.for([['--nonsense'], ['project'], ['--token'], ['worktrees', 'remove'], ['worktrees', 'remove', 'a', 'b']])(
  '%j is not understood',
  (args) => {
    expect(() => parseCommandLine(args)).toThrow(TypeError)
  },
)
