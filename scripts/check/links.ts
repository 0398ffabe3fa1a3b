import { dirname, join, normalize } from 'node:path/posix'
import { readFiles, repositoryFiles, type TextFile } from './files.ts'
import { show, type Finding, type Report } from './report.ts'

/** Relative links of Markdown pages lead to files or folders of the repository, their `#parts` to headings. */
export function checkLinks(pages: readonly TextFile[], paths: readonly string[]): Report {
  const targets = new Set([...paths, ...paths.flatMap(foldersOf), ''])
  const headings = new Map(pages.map((page) => [page.path, headingsOf(page.text)]))
  const links = pages.flatMap(linksOf)
  return {
    findings: links.flatMap(({ path, line, link }): Finding[] => {
      const [file = '', heading] = link.split('#')
      const target = file === '' ? path : normalize(join(dirname(path), decodeURI(file))).replace(/\/$/, '')
      if (!targets.has(target === '.' ? '' : target)) return [{ path, line, message: `${link} leads nowhere` }]
      if (!heading || !headings.has(target) || headings.get(target)?.has(heading)) return []
      return [{ path, line, message: `${target} has no heading #${heading}` }]
    }),
    notes: [`${pages.length} pages, ${links.length} relative links`],
  }
}

type Link = { path: string; line: number; link: string }

function linksOf({ path, text }: TextFile): Link[] {
  return prose(text).flatMap((words, index) =>
    [
      ...words.matchAll(
        /\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)|^\s*\[[^\]]+\]:\s+(\S+)|<(?:img|a)\b[^>]*\b(?:src|href)="([^"]+)"/g,
      ),
    ]
      .map((match) => match[1] ?? match[2] ?? match[3] ?? '')
      .filter((link) => !/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(link))
      .map((link) => ({ path, line: index + 1, link })),
  )
}

function headingsOf(text: string): Set<string> {
  const seen = new Map<string, number>()
  const slugs = prose(text).flatMap((line) => {
    const title = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1]
    if (title === undefined)
      return [...line.matchAll(/<a\b[^>]*\b(?:id|name)="([^"]+)"/g)].map((match) => match[1] ?? '')
    const slug = slugOf(title)
    const before = seen.get(slug) ?? 0
    seen.set(slug, before + 1)
    return [before === 0 ? slug : `${slug}-${before}`]
  })
  return new Set(slugs)
}

/** As code hosts make anchors: lower case, marks dropped, spaces to hyphens. */
function slugOf(title: string): string {
  return title
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')
}

/** The lines of a page with code blanked, so that line numbers stay. Headings keep the words of inline code. */
function prose(text: string): string[] {
  let fence = ''
  return text.split('\n').map((line) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1] ?? ''
    if (fence !== '') {
      if (mark.startsWith(fence)) fence = ''
      return ''
    }
    if (mark !== '') {
      fence = mark
      return ''
    }
    return line.startsWith('#') ? line : line.replace(/`[^`]*`/g, '')
  })
}

function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

if (import.meta.main) {
  const paths = repositoryFiles()
  show('links', checkLinks(readFiles(paths.filter((path) => path.endsWith('.md'))), paths))
}
