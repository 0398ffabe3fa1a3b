import { describe, expect, test } from 'vitest'
import { emptyMarkdown, renderMarkdown, streamMarkdown, type StreamedMarkdown } from './markdown.ts'

const render = (source: string): string => renderMarkdown(source).join('')

/** The page as a browser would build it from that HTML. */
function dom(source: string): HTMLElement {
  const element = document.createElement('div')
  element.innerHTML = render(source)
  return element
}

const ATTACKS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg/onload=alert(1)>',
  '<iframe src="javascript:alert(1)"></iframe>',
  '[a](javascript:alert(1))',
  '[a](JaVaScRiPt:alert(1))',
  '[a](java\tscript:alert(1))',
  '[a](&#106;avascript:alert(1))',
  '[a](data:text/html;base64,PHNjcmlwdD4=)',
  '[a](vbscript:msgbox(1))',
  '[a](file:///etc/passwd)',
  '![a](javascript:alert(1))',
  '![a](https://tracker.example/pixel.png)',
  '![" onerror="alert(1)](x)',
  '<a href="https://x.example" onclick="alert(1)">x</a>',
  '[a](https://x.example "\\" onmouseover=\\"alert(1)")',
  '```"><img src=x onerror=alert(1)>\ncode\n```',
  '<style>body{display:none}</style>',
  '<form action="https://evil.example"><input name=password></form>',
  '<base href="https://evil.example">',
  '<meta http-equiv="refresh" content="0;url=https://evil.example">',
  '| a |\n|---|\n| <img src=x onerror=alert(1)> |',
  '<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '# <b onmouseover=alert(1)>x</b>',
]

describe('markdown', () => {
  test.each(ATTACKS)('is only text and safe links: %s', (source) => {
    const page = dom(source)
    expect(
      page.querySelector('script, img, svg, iframe, style, form, input, base, meta, object, embed, math'),
    ).toBeNull()
    for (const element of page.querySelectorAll('*')) {
      const names = element.getAttributeNames()
      expect(names.filter((name) => name.startsWith('on') || name === 'style' || name === 'src')).toEqual([])
    }
    for (const link of page.querySelectorAll('a')) expect(link.getAttribute('href')).toMatch(/^(https?:|mailto:)/)
  })

  test('a text that is sanitized as a whole is the same as its blocks one by one', () => {
    const blocks = [
      '# One',
      'Two with `code`',
      '- three\n- four',
      '<hr class="between">',
      '[a](https://x.example "<hr class=\\"between\\">")',
      '> five',
    ]
    expect(renderMarkdown(blocks.join('\n\n'))).toEqual(blocks.flatMap((block) => renderMarkdown(`${block}\n\n`)))
    expect(dom(ATTACKS.join('\n\n')).querySelector('script, img, svg, iframe, style, form, hr')).toBeNull()
  })

  test('raw HTML is shown as the text that was written', () => {
    expect(dom('a <b>bold</b> claim').textContent?.trim()).toBe('a <b>bold</b> claim')
  })

  test('links open elsewhere and tell nothing', () => {
    const link = dom('[docs](https://docs.example/a?b=1&c=2)').querySelector('a')
    expect(link?.getAttribute('href')).toBe('https://docs.example/a?b=1&c=2')
    expect(link?.getAttribute('rel')).toBe('noopener noreferrer')
    expect(link?.getAttribute('target')).toBe('_blank')
  })

  test('a picture is a link, so that reading sends nothing', () => {
    expect(dom('![a cat](https://pics.example/cat.png)').querySelector('a')?.textContent).toBe('Image: a cat')
  })

  test('code keeps its characters, its language and gets a button to copy it', () => {
    const page = dom('```ts\nconst a = 1 < 2 && "x"\n```')
    expect(page.querySelector('pre')?.textContent).toBe('const a = 1 < 2 && "x"')
    expect(page.querySelector('.code-head span')?.textContent).toBe('ts')
    expect(page.querySelector('button[data-copy]')).not.toBeNull()
  })

  test('a reference is resolved wherever its definition stands', () => {
    expect(dom('see [it][1]\n\n[1]: https://it.example').querySelector('a')?.getAttribute('href')).toBe(
      'https://it.example',
    )
  })

  test('a list of tasks shows its states', () => {
    expect(dom('- [x] done\n- [ ] open').textContent).toMatch(/☑\s+done\s+☐\s+open/)
  })
})

describe('streamed markdown', () => {
  const TEXT =
    '# Title\n\nSome *text* with `code`.\n\n- one\n- two\n\n- three\n\n```js\nlet a\n\nlet b\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nEnd\r\nline.'

  test('ends as the whole text does, however it is cut', () => {
    for (const size of [1, 2, 3, 7, 20]) {
      let state: StreamedMarkdown = emptyMarkdown
      for (let end = size; end < TEXT.length + size; end += size) state = streamMarkdown(state, TEXT.slice(0, end))
      expect(
        state.html.filter((html) => html !== ''),
        `pieces of ${size}`,
      ).toEqual(renderMarkdown(TEXT))
    }
  })

  test('keeps what is settled while the last block grows', () => {
    const before = streamMarkdown(emptyMarkdown, 'First.\n\nSecond par')
    const after = streamMarkdown(before, 'First.\n\nSecond paragraph')
    expect(after.html[0]).toBe(before.html[0])
    expect(after.html.at(-1)).toContain('Second paragraph')
  })

  test('starts over when the text is another one', () => {
    const before = streamMarkdown(emptyMarkdown, 'First.\n\nSecond.')
    expect(streamMarkdown(before, 'Other.').html.join('')).toContain('Other.')
    expect(streamMarkdown(before, 'Other.').html.join('')).not.toContain('First')
  })

  test('an open fence is code already', () => {
    expect(streamMarkdown(emptyMarkdown, '```js\nlet a').html.join('')).toContain('<pre')
  })
})
