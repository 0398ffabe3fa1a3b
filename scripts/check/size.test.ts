import { expect, test } from 'vitest'
import { measure } from './size.ts'

const lines = (count: number) => Array.from({ length: count }, () => '  step()').join('\n')

test('the longest function of each part is named', () => {
  const report = measure([
    {
      path: 'packages/server/src/a.ts',
      text: `function short() {\n${lines(2)}\n}\nconst long = () => {\n${lines(9)}\n}`,
    },
    { path: 'scripts/b.ts', text: 'export const one = (): number => 1' },
  ])
  expect(report).toEqual({
    findings: [],
    notes: [
      'longest in server: 11 lines, long, packages/server/src/a.ts:5',
      'longest in scripts: 1 lines, one, scripts/b.ts:1',
    ],
  })
})

test('a function over the limit fails, wherever it hides', () => {
  const files = [
    { path: 'a.ts', text: `class A {\n  run() {\n${lines(10)}\n  }\n}` },
    { path: 'b.ts', text: `listen('x', () => {\n${lines(10)}\n})` },
    { path: 'C.vue', text: `<template />\n<script setup lang="ts">\nfunction send() {\n${lines(10)}\n}\n</script>` },
  ]
  expect(measure(files, 11).findings.map(({ path, line, message }) => `${path}:${line} ${message}`)).toEqual([
    'a.ts:2 run has 12 lines (at most 11)',
    'b.ts:1 a callback of listen has 12 lines (at most 11)',
    'C.vue:3 send has 12 lines (at most 11)',
  ])
})

test('a large file is named, and does not fail', () => {
  const report = measure([{ path: 'a.ts', text: `${lines(400)}\n` }])
  expect(report).toEqual({ findings: [], notes: ['large file: a.ts, 400 lines'] })
})
