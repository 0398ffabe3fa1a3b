import { expect, test } from 'vitest'
import { decide, type Machine } from './decide.ts'

const DEBIAN: Machine = { isRoot: true, hasApt: true, chromiumPath: undefined, platform: 'linux' }

test('nothing missing, nothing done', () => {
  expect(decide([], DEBIAN)).toEqual({ type: 'nothing' })
})

test('as root on Debian it installs exactly what is missing', () => {
  expect(decide(['chromium'], DEBIAN)).toEqual({
    type: 'install',
    commands: [
      ['apt-get', 'update'],
      ['apt-get', 'install', '-y', '--no-install-recommends', 'chromium'],
    ],
  })
})

test.each([
  [
    'without root',
    { isRoot: false },
    'sudo apt-get update && sudo apt-get install -y --no-install-recommends chromium git',
  ],
  ['on a Mac', { hasApt: false, platform: 'darwin' }, 'brew install --cask google-chrome && brew install git'],
  ['elsewhere', { hasApt: false }, 'set CHROMIUM_PATH'],
] as const)('%s it says what to run', (_name, change, command) => {
  const decision = decide(['chromium', 'git'], { ...DEBIAN, ...change })
  expect(decision.type === 'advise' && decision.advice).toContain(command)
})

test('a CHROMIUM_PATH that does not run is not replaced by another browser', () => {
  const decision = decide(['chromium'], { ...DEBIAN, chromiumPath: '/opt/mine' })
  expect(decision.type === 'advise' && decision.advice).toContain('CHROMIUM_PATH is /opt/mine')
})
