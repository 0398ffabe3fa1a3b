// @vitest-environment node
import { expect, test } from 'vitest'
import { parseUnifiedDiff } from './unifiedDiff.ts'

const CHANGE = `diff --git a/a.ts b/a.ts
index 1..2 100644
--- a/a.ts
+++ b/a.ts
@@ -1,3 +1,3 @@ function head()
 one
-two
+2
 three
@@ -10 +10,2 @@
 ten
+--- eleven
\\ No newline at end of file
`

test('the lines of a diff have their numbers, and what lies between them is counted', () => {
  const { lines, added, removed } = parseUnifiedDiff(CHANGE)
  expect([added, removed]).toEqual([2, 1])
  expect(lines.map(({ type, text, old, new: fresh, hidden }) => [type, text, old, fresh, hidden])).toEqual([
    ['same', 'one', 1, 1, undefined],
    ['removed', 'two', 2, undefined, undefined],
    ['added', '2', undefined, 2, undefined],
    ['same', 'three', 3, 3, undefined],
    ['gap', '', undefined, undefined, 6],
    ['same', 'ten', 10, 10, undefined],
    ['added', '--- eleven', undefined, 11, undefined],
  ])
})

test.for(['', 'Binary files a/x.png and b/x.png differ\n', 'similarity index 100%\nrename from a\nrename to b\n'])(
  'nothing is shown of %j',
  (text) => {
    expect(parseUnifiedDiff(text)).toEqual({ lines: [], added: 0, removed: 0 })
  },
)

test('a new file is all added, and the head of a second file is none of its lines', () => {
  const { added, lines } = parseUnifiedDiff('@@ -0,0 +1 @@\n+a\ndiff --git a/b b/b\n--- a/b\n+++ b/b\n')
  expect(added).toBe(1)
  expect(lines).toHaveLength(1)
})
