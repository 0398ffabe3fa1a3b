import DOMPurify from 'dompurify'
import { Marked, type Token, type Tokens, type TokensList } from 'marked'
import { languageOf } from '../highlight/names.ts'
import { closeMarks } from './openMarks.ts'

/** Rendered blocks that are kept, so that a block is only rendered when its source changes. */
const CACHED_BLOCKS = 600

/** Longer code shows its beginning first. */
const LONG_CODE_LINES = 400

const SAFE_LINK = /^(?:https?:|mailto:)/i

/** A stretch of text whose earlier blocks are settled: only the last one is read again when more text arrives. */
export type StreamedMarkdown = { source: string; blocks: string[]; html: string[] }

export const emptyMarkdown: StreamedMarkdown = { source: '', blocks: [], html: [] }

/** Whole text to safe HTML, one string per block. */
export function renderMarkdown(source: string): string[] {
  const tokens = parser.lexer(source)
  const blocks = tokens.filter((token) => token.type !== 'space')
  sanitizeTogether(blocks, tokens.links)
  return blocks.map((token) => renderBlock(token, tokens.links))
}

/** The first text takes as long as ten others: whoever waits for it anyway makes ready what reads and cleans it. */
export function readyText(): void {
  renderMarkdown('A word.')
}

/** And what reads and cleans the first of each mark in it. */
export function readyMarks(): void {
  renderMarkdown('A **word**, `code` and a [link](https://example.org).\n\n- one\n\n1. two')
}

/** Text that grows: as `renderMarkdown`, at the cost of its last block. References to later definitions stay open. */
export function streamMarkdown(before: StreamedMarkdown, text: string): StreamedMarkdown {
  const source = text.replace(/\r\n?/g, '\n') // as the lexer sees it, so that lengths agree
  const grows = source.startsWith(before.source)
  // What follows may still belong to the last block that is more than empty lines: a list goes on after them.
  const settled = grows
    ? before.blocks.slice(
        0,
        Math.max(
          0,
          before.blocks.findLastIndex((block) => block.trim() !== ''),
        ),
      )
    : []
  const start = settled.reduce((length, block) => length + block.length, 0)
  const tokens = closeLast(parser.lexer(source.slice(start)))
  return {
    source,
    blocks: [...settled, ...tokens.map((token) => token.raw)],
    html: [
      ...before.html.slice(0, settled.length),
      ...tokens.map((token) => (token.type === 'space' ? '' : renderBlock(token, tokens.links))),
    ],
  }
}

/** The block that still grows is drawn as if its open marks were closed; its source stays what it is. */
function closeLast(tokens: TokensList): TokensList {
  const last = tokens.at(-1)
  if (last === undefined || last.type === 'code' || last.type === 'space') return tokens
  const closed = closeMarks(last.raw)
  const drawn = closed === last.raw ? undefined : parser.lexer(closed)[0]
  if (drawn === undefined) return tokens
  return Object.assign([...tokens.slice(0, -1), { ...drawn, raw: last.raw, drawnFrom: closed }], {
    links: tokens.links,
  })
}

// Once: to read it takes as long as to sanitize a paragraph. Nothing else in the page sanitizes.
DOMPurify.setConfig({
  ALLOWED_TAGS: [
    ...['a', 'blockquote', 'br', 'button', 'code', 'del', 'div', 'em', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'li'],
    ...['ol', 'p', 'pre', 'span', 'strong', 'table', 'tbody', 'td', 'th', 'thead', 'tr', 'ul'],
  ],
  ALLOWED_ATTR: [
    ...['href', 'title', 'class', 'start', 'tabindex', 'target', 'rel', 'type', 'aria-pressed'],
    ...['data-copy', 'data-wrap', 'data-unfold', 'data-language'],
  ],
  ALLOWED_URI_REGEXP: SAFE_LINK,
  // Everything else that has a value would be measured as if it were an address.
  ADD_URI_SAFE_ATTR: ['tabindex', 'target', 'rel', 'start', 'type', 'aria-pressed', 'data-language'],
  ALLOW_DATA_ATTR: false,
})

const cache = new Map<string, string>()

function renderBlock(token: Token, links: TokensList['links']): string {
  const key = keyOf(token, links)
  const known = cache.get(key)
  if (known !== undefined) return known
  const html = DOMPurify.sanitize(rawOf(token, links))
  keep(key, html)
  return html
}

/** No block makes one like it: what was written in it is text, whose quotes are escaped. */
const BETWEEN = '<hr class="between">'

/** To sanitize a text once costs a third of doing it block by block. */
function sanitizeTogether(tokens: readonly Token[], links: TokensList['links']): void {
  const fresh = tokens.filter((token) => !cache.has(keyOf(token, links)))
  if (fresh.length < 2) return
  const pieces = DOMPurify.sanitize(fresh.map((token) => rawOf(token, links)).join(BETWEEN)).split(BETWEEN)
  if (pieces.length === fresh.length) fresh.forEach((token, index) => keep(keyOf(token, links), pieces[index] ?? ''))
}

function keyOf(token: Token, links: TokensList['links']): string {
  const source = 'drawnFrom' in token ? String(token.drawnFrom) : token.raw
  return Object.keys(links).length === 0 ? source : `${source}\0${JSON.stringify(links)}`
}

function rawOf(token: Token, links: TokensList['links']): string {
  return parser.parser(Object.assign([token], { links }))
}

function keep(key: string, html: string): void {
  const oldest = cache.keys().next()
  if (cache.size >= CACHED_BLOCKS && oldest.done !== true) cache.delete(oldest.value)
  cache.set(key, html)
}

const parser = new Marked({ gfm: true })
parser.use({
  renderer: {
    /** Raw HTML is text that somebody wrote, never markup. */
    html: ({ text }) => escape(text),
    link({ href, title, tokens }: Tokens.Link): string {
      return linkTo(href, this.parser.parseInline(tokens), title)
    },
    /** The page has headings of its own above these: they begin at the third level. */
    heading({ tokens, depth }: Tokens.Heading): string {
      const level = Math.min(6, depth + 2)
      return `<h${level} class="h${Math.min(3, depth)}">${this.parser.parseInline(tokens)}</h${level}>`
    },
    /** A picture would tell its host that the page was read. */
    image: ({ href, text, title }: Tokens.Image) => linkTo(href, `Image: ${escape(text === '' ? href : text)}`, title),
    code({ text, lang }: Tokens.Code): string {
      const language = escape(/^\S*/.exec(lang ?? '')?.[0] ?? '')
      const lines = text.split('\n').length
      const buttons = `<button type="button" data-wrap aria-pressed="false">Wrap</button><button type="button" data-copy>Copy</button>`
      const head = `<div class="code-head"><span>${language === '' ? 'text' : language}</span><span class="buttons">${buttons}</span></div>`
      const known = languageOf(language)
      const read = known === undefined ? '' : ` data-language="${known}"`
      const more = lines > LONG_CODE_LINES ? `<button type="button" data-unfold>Show all ${lines} lines</button>` : ''
      const folded = more === '' ? '' : ' folded'
      return `<div class="code${folded}">${head}<pre tabindex="0"><code${read}>${escape(text)}</code></pre>${more}</div>`
    },
    table(token: Tokens.Table): string {
      const cells = (row: Tokens.TableCell[], tag: 'th' | 'td'): string =>
        `<tr>${row.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('')}</tr>`
      const body = token.rows.map((row) => cells(row, 'td')).join('')
      return `<div class="table" tabindex="0"><table><thead>${cells(token.header, 'th')}</thead><tbody>${body}</tbody></table></div>`
    },
    /** A list's check boxes show a state; they can't be ticked here. */
    checkbox: ({ checked }: Tokens.Checkbox) => `<span class="check">${checked ? '☑' : '☐'}</span> `,
  },
})

function linkTo(href: string, label: string, title: string | null | undefined): string {
  if (!SAFE_LINK.test(href)) return label
  const hint = title ? ` title="${escape(title)}"` : ''
  return `<a href="${escape(href)}"${hint} target="_blank" rel="noopener noreferrer">${label}</a>`
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}
