import { writeRun, type Scene } from './scene.ts'

const ANSI_BYTES = 200_000
const DIFF_LINES = 5_000
const LINE_CHARACTERS = 10_000

/** Tools whose results are as large as they get: coloured output, a change of thousands of lines, one endless line. */
export function giants(now: number): Scene {
  const coloured =
    '\u001b[32m✓\u001b[39m src/orders/total.test.ts \u001b[2m(18 tests)\u001b[22m \u001b[33m41 ms\u001b[39m\n'
  const output = coloured.repeat(Math.ceil(ANSI_BYTES / coloured.length))
  const lines = Array.from({ length: DIFF_LINES }, (_, index) =>
    index % 2 === 0 ? `-const before${index} = ${index}` : `+const after${index} = ${index}`,
  )
  const half = DIFF_LINES / 2
  const hunk = { oldStart: 1, oldLines: half, newStart: 1, newLines: half, lines }
  const run = writeRun('Show me what is large', now - 60_000).start()
  run
    .tool('Bash', { command: 'pnpm vitest run', description: 'Run all tests' }, output, {
      structured: { stdout: output, stderr: '', interrupted: false },
    })
    .say('And a long line:')
    .tool('Bash', { command: 'cat bundle.js', description: 'Show the bundle' }, 'x'.repeat(LINE_CHARACTERS), {
      structured: { stdout: 'x'.repeat(LINE_CHARACTERS), stderr: '', interrupted: false },
    })
    .say('And a change:')
    .tool('Edit', { file_path: '/home/dev/shop-api/src/table.ts', old_string: 'a', new_string: 'b' }, 'updated', {
      structured: { filePath: '/home/dev/shop-api/src/table.ts', structuredPatch: [hunk] },
    })
    .end()
  return { title: 'Large results', commands: [run.command], lines: run.lines }
}
