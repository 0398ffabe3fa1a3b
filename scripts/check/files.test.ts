import { expect, test } from 'vitest'
import { isSource, isTest, readFiles, repositoryFiles, runsTests, scriptOf } from './files.ts'

test('the repository lists itself, sorted, without what git ignores', () => {
  const paths = repositoryFiles()
  expect(paths).toContain('scripts/check/files.ts')
  expect(paths).toEqual(paths.toSorted())
  expect(paths.some((path) => path.includes('node_modules/'))).toBe(false)
  expect(readFiles(['package.json'])[0]?.text).toContain('"farhand"')
})

test('sources and tests are told apart by where they are and what they are called', () => {
  expect(isSource('packages/web/src/components/chat/ChatRow.vue')).toBe(true)
  expect(isSource('packages/web/vite.config.ts')).toBe(false)
  expect(isTest('packages/shared/src/protocols/cursor.test.ts')).toBe(true)
  expect(isTest('packages/agent/test/driver.ts')).toBe(true)
  expect(isTest('packages/shared/src/testing/socketPair.ts')).toBe(false)
})

test('a contract suite is a test by what it imports', () => {
  const path = 'packages/server/src/log/contract/entries.ts'
  expect(runsTests({ path, text: "import { test } from 'vitest'\n" })).toBe(true)
  expect(runsTests({ path, text: 'const quoted = "import { test } from \'vitest\'"\n' })).toBe(false)
})

test('the scripts of a Vue file keep their lines, the rest is blank', () => {
  const text =
    '<template>\n  <p>hi</p>\n</template>\n<script setup lang="ts">\nconst a = 1\n</script>\n<style>p {}</style>\n'
  const lines = scriptOf({ path: 'a.vue', text }).split('\n')
  expect(lines.map((line) => line.trim())).toEqual(['', '', '', '', 'const a = 1', '', '', ''])
  expect(scriptOf({ path: 'a.ts', text: 'const b = 2' })).toBe('const b = 2')
})
