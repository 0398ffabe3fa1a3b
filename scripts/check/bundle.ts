import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { ROOT } from './files.ts'
import { show, type Report } from './report.ts'

const MAX_SCRIPT_BYTES = 220_000
const MAX_STYLE_BYTES = 20_000

export type Limits = { scriptBytes: number; styleBytes: number }

/** What the page loads before it can be used, compressed: its scripts with their preloads, and its styles. */
export function measureBundle(
  html: string,
  read: (path: string) => Uint8Array | undefined,
  limits: Limits = { scriptBytes: MAX_SCRIPT_BYTES, styleBytes: MAX_STYLE_BYTES },
): Report {
  const scripts = weigh('scripts', [...attributes(html, 'script', 'src'), ...links(html, 'modulepreload')], read)
  const styles = weigh('styles', links(html, 'stylesheet'), read)
  const session = weigh('a session besides', namedFiles(html), read)
  const none = scripts.paths.length === 0 ? [{ path: 'index.html', message: 'loads no script' }] : []
  return {
    findings: [
      ...none,
      ...scripts.missing,
      ...styles.missing,
      ...session.missing,
      ...tooHeavy(scripts, limits.scriptBytes),
      ...tooHeavy(styles, limits.styleBytes),
    ],
    notes: [scripts, styles, ...(session.paths.length === 0 ? [] : [session])].map(
      ({ what, bytes, paths }) => `${what}: ${kB(bytes)} in ${paths.length} files`,
    ),
  }
}

type Weight = { what: string; paths: string[]; bytes: number; missing: { path: string; message: string }[] }

function weigh(what: string, paths: string[], read: (path: string) => Uint8Array | undefined): Weight {
  const own = [...new Set(paths)].filter((path) => !/^[a-z]+:|^\/\//i.test(path))
  const weight: Weight = { what, paths: own, bytes: 0, missing: [] }
  for (const path of own) {
    const content = read(path.replace(/^\.?\//, ''))
    if (content) weight.bytes += gzipSync(content).length
    else weight.missing.push({ path, message: 'is named in index.html but not built' })
  }
  return weight
}

function tooHeavy({ what, bytes }: Weight, limit: number): Report['findings'] {
  return bytes <= limit ? [] : [{ path: what, message: `${kB(bytes)} compressed, at most ${kB(limit)}` }]
}

function attributes(html: string, tag: string, name: string): string[] {
  const tags = html.match(new RegExp(`<${tag}\\b[^>]*>`, 'g')) ?? []
  return tags.flatMap((text) => new RegExp(`\\b${name}="([^"]+)"`).exec(text)?.[1] ?? [])
}

function links(html: string, rel: string): string[] {
  const tags = html.match(/<link\b[^>]*>/g) ?? []
  return tags.filter((tag) => tag.includes(`rel="${rel}"`)).flatMap((tag) => attributes(tag, 'link', 'href'))
}

/** What the page fetches as well at a session's address, as its `<meta name="session-files">` says. */
function namedFiles(html: string): string[] {
  const [tag = ''] = /<meta name="session-files"[^>]*>/.exec(html) ?? []
  const [names = ''] = attributes(tag, 'meta', 'content')
  return names.split(' ').filter((name) => name !== '')
}

function kB(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`
}

if (import.meta.main) {
  const dist = join(ROOT, 'packages/web/dist')
  const index = join(dist, 'index.html')
  const read = (path: string): Uint8Array | undefined =>
    existsSync(join(dist, path)) ? readFileSync(join(dist, path)) : undefined
  const report = existsSync(index)
    ? measureBundle(readFileSync(index, 'utf8'), read)
    : { findings: [{ path: 'packages/web/dist', message: 'is not built: npm run build' }], notes: [] }
  show('bundle', report)
}
