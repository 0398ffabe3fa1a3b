import { expect, test } from 'vitest'
import { isInsideProject } from './workingDirectory.ts'

test.each([
  ['/home/dev/demo', '.', true],
  ['/home/dev/demo', 'src/lib', true],
  ['/home/dev/demo', '/home/dev/demo', true],
  ['/home/dev/demo', '/home/dev/demo/src', true],
  ['/home/dev/demo', 'src/../..', false],
  ['/home/dev/demo', '../demo', true],
  ['/home/dev/demo', '../demo-evil', false],
  ['/home/dev/demo', '/home/dev/demo-evil', false],
  ['/home/dev/demo', '/', false],
  ['/home/dev/demo', '/etc', false],
  ['/home/dev/demo', '..hidden', true],
  ['/', 'etc', true],
  ['C:\\work\\demo', 'src', true],
  ['C:\\work\\demo', 'C:\\work\\demo\\src', true],
  ['C:\\work\\demo', 'c:\\WORK\\demo', true],
  ['C:\\work\\demo', '..\\other', false],
  ['C:\\work\\demo', 'D:\\work\\demo', false],
])('%s + %s: %s', (root, requested, inside) => {
  expect(isInsideProject(root, requested)).toBe(inside)
})
