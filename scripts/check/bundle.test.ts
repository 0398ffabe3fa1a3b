import { expect, test } from 'vitest'
import { randomBytes } from 'node:crypto'
import { measureBundle } from './bundle.ts'

const HTML = `<html><head>
  <script type="module" crossorigin src="/assets/index-a.js"></script>
  <link rel="modulepreload" crossorigin href="/assets/vue-b.js">
  <link rel="stylesheet" crossorigin href="/assets/index-c.css">
  <link rel="icon" href="/favicon.svg">
</head></html>`
const LIMITS = { scriptBytes: 3_000, styleBytes: 1_000 }

// Random bytes don't compress: what goes in is what is weighed.
const built = (sizes: Record<string, number>) => (path: string) => {
  const size = sizes[path]
  return size === undefined ? undefined : randomBytes(size)
}

test('scripts are weighed with their preloads, styles apart', () => {
  const read = built({ 'assets/index-a.js': 1_000, 'assets/vue-b.js': 1_500, 'assets/index-c.css': 500 })
  const report = measureBundle(HTML, read, LIMITS)
  expect(report.findings).toEqual([])
  expect(report.notes).toEqual(['scripts: 2.5 kB in 2 files', 'styles: 0.5 kB in 1 files'])
})

test('what a session needs besides is told, and has to be there', () => {
  const html = HTML.replace(
    '<link',
    '<meta name="session-files" content="/assets/session-d.js /assets/session-e.css">\n<link',
  )
  const sizes = {
    'assets/index-a.js': 1_000,
    'assets/vue-b.js': 500,
    'assets/index-c.css': 500,
    'assets/session-d.js': 9_000,
  }
  const report = measureBundle(html, built(sizes), LIMITS)
  expect(report.notes[2]).toBe('a session besides: 9.0 kB in 2 files')
  expect(report.findings.map((finding) => finding.path)).toEqual(['/assets/session-e.css'])
})

test('what is over its limit fails', () => {
  const read = built({ 'assets/index-a.js': 2_000, 'assets/vue-b.js': 1_500, 'assets/index-c.css': 1_500 })
  expect(measureBundle(HTML, read, LIMITS).findings.map((finding) => finding.path)).toEqual(['scripts', 'styles'])
})

test('a file that is named and not built fails, as does a page without scripts', () => {
  const read = built({ 'assets/index-a.js': 10, 'assets/index-c.css': 10 })
  expect(measureBundle(HTML, read, LIMITS).findings).toEqual([
    { path: '/assets/vue-b.js', message: 'is named in index.html but not built' },
  ])
  expect(measureBundle('<html></html>', read, LIMITS).findings).toEqual([
    { path: 'index.html', message: 'loads no script' },
  ])
})
