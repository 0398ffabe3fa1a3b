import { expect, test } from 'vitest'
import { checkPortable } from './portable.ts'

const messages = (text: string, own: string[] = []) =>
  checkPortable([{ path: 'a.md', text }], own).findings.map((finding) => finding.message)

// Put together here, so that this very file passes.
const home = (name: string, root = '/home') => `${root}/${name}`
const host = (name: string) => `${name}.example.org`

test('examples, addresses and words are fine', () => {
  expect(messages(`cd ${home('you')}/shop; ls ${home('dev')}`)).toEqual([])
  expect(messages('https://example.com/home/page, src/Users/list.ts, a registry of projects')).toEqual([])
})

test('a home directory fails, on every system', () => {
  expect(messages(`log in ${home('carol')}/x`)).toHaveLength(1)
  expect(messages(`"${home('carol', '/Users')}/x"`)).toHaveLength(1)
  expect(messages(home('carol', 'C:\\Users').replace('/', '\\'))).toHaveLength(1)
})

test('a path of this machine fails as a whole path only', () => {
  expect(messages('built in /srv/build/main.ts', ['/srv/build'])).toEqual(['names a path of this machine: /srv/build'])
  expect(messages('built in /srv/builder and a/srv/build', ['/srv/build'])).toEqual([])
})

test('a package registry fails, as an address and as a setting', () => {
  expect(messages(`"resolved": "https://${host('registry')}/a.tgz"`)).toHaveLength(1)
  expect(messages('registry = here')).toEqual(['sets a package registry'])
})
