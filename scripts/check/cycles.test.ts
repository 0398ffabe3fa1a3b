import { expect, test } from 'vitest'
import { doorsOf, findCycles } from './cycles.ts'

const file = (path: string, ...imports: string[]) => ({
  path,
  text: imports.map((target) => `import { x } from '${target}'`).join('\n'),
})
const DOORS = new Map([['@farhand/shared', 'packages/shared/src/index.ts']])

test('imports that lead down only are fine, however many ways there are', () => {
  const report = findCycles([file('a.ts', './b.ts', './c.ts'), file('b.ts', './c.ts'), file('c.ts', 'node:fs')], DOORS)
  expect(report).toEqual({ findings: [], notes: ['3 files, 3 imports'] })
})

test('a circle is named by its shortest way round', () => {
  const files = [
    file('log/a.ts', './b.ts', '../far.ts'),
    file('log/b.ts', './c.ts'),
    file('log/c.ts', './a.ts'),
    file('far.ts', './log/b.ts'),
    file('tip.ts', './far.ts'),
  ]
  expect(findCycles(files, DOORS).findings).toEqual([
    { path: 'far.ts', message: 'imports itself: far.ts → log/b.ts → log/c.ts → log/a.ts → far.ts' },
  ])
})

test('two circles apart are two findings', () => {
  const files = [
    file('a.ts', './b.ts'),
    file('b.ts', './a.ts', './c.ts'),
    file('c.ts', './d.ts'),
    file('d.ts', './c.ts'),
  ]
  expect(
    findCycles(files, DOORS)
      .findings.map((finding) => finding.path)
      .toSorted(),
  ).toEqual(['a.ts', 'c.ts'])
})

test('type-only imports, re-exports, import() and Vue files count', () => {
  const files = [
    { path: 'a.ts', text: "import type { B } from './B.vue'" },
    { path: 'B.vue', text: '<script setup lang="ts">\nconst load = () => import("./c.ts")\n</script>' },
    { path: 'c.ts', text: "export * from './a.ts'" },
  ]
  expect(findCycles(files, DOORS).findings[0]?.message).toBe('imports itself: B.vue → c.ts → a.ts → B.vue')
})

test('a file that imports itself, or its own package door, is a circle', () => {
  const door = file('packages/shared/src/index.ts', './cursor.ts')
  const cursor = file('packages/shared/src/cursor.ts', '@farhand/shared')
  expect(findCycles([door, cursor], DOORS).findings).toHaveLength(1)
  expect(findCycles([file('a.ts', './a.ts')], DOORS).findings).toHaveLength(1)
})

test('doors are read from the manifests', () => {
  const text = JSON.stringify({
    name: '@farhand/shared',
    exports: { '.': './src/index.ts', './testing': './src/t.ts' },
  })
  expect([...doorsOf([{ path: 'packages/shared/package.json', text }])]).toEqual([
    ['@farhand/shared', 'packages/shared/src/index.ts'],
    ['@farhand/shared/testing', 'packages/shared/src/t.ts'],
  ])
})
