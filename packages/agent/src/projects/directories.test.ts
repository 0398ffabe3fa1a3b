import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isInside, resolveWorkingDirectory } from './directories.ts'

let base: string
let root: string
beforeAll(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'farhand-directories-')))
  root = join(base, 'shop')
  mkdirSync(join(root, 'src', '..hidden'), { recursive: true })
  mkdirSync(join(base, 'shop2'))
  writeFileSync(join(root, 'file.txt'), '')
  symlinkSync(join(base, 'shop2'), join(root, 'out'))
  symlinkSync(join(root, 'src'), join(root, 'in'))
})
afterAll(() => rmSync(base, { recursive: true }))

const code = (requested: string): unknown => {
  try {
    return resolveWorkingDirectory(root, requested)
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
}

test('the root, a directory inside, an absolute one inside, a link inside', () => {
  expect(resolveWorkingDirectory(root, undefined)).toBe(root)
  expect(code('.')).toBe(root)
  expect(code('src')).toBe(join(root, 'src'))
  expect(code(join(root, 'src'))).toBe(join(root, 'src'))
  expect(code('src/..hidden')).toBe(join(root, 'src', '..hidden'))
  expect(code('in')).toBe(join(root, 'src'))
})

test.for(['..', '../shop2', '/etc', 'src/../../shop2', 'out'])('%s is forbidden', (requested) => {
  expect(code(requested)).toBe('CWD_FORBIDDEN')
})

test('a sibling with the same beginning is outside', () => {
  expect(code(join(base, 'shop2'))).toBe('CWD_FORBIDDEN')
  expect(isInside('/code/shop', '/code/shop2')).toBe(false)
  expect(isInside('/', '/code')).toBe(true)
})

test('outside and missing are not told apart', () => {
  expect(code('../nowhere')).toBe('CWD_FORBIDDEN')
})

test('missing, a file, NUL', () => {
  expect(code('nowhere')).toBe('CWD_MISSING')
  expect(code('file.txt')).toBe('CWD_MISSING')
  expect(code('src\0')).toBe('BAD_REQUEST')
})

test('a project that was deleted is missing', () => {
  expect(() => resolveWorkingDirectory(join(base, 'gone'), undefined)).toThrow(
    expect.objectContaining({ code: 'CWD_MISSING' }),
  )
})
