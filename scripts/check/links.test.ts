import { expect, test } from 'vitest'
import { checkLinks } from './links.ts'

const PATHS = ['README.md', 'docs/protocol.md', 'docs/images/a.png', 'LICENSE']
const page = (path: string, ...lines: string[]) => ({ path, text: lines.join('\n') })
const found = (...pages: { path: string; text: string }[]) =>
  checkLinks(pages, PATHS).findings.map(({ path, line, message }) => `${path}:${line} ${message}`)

test('links to files, folders, headings and other sites are fine', () => {
  const readme = page(
    'README.md',
    '[protocol](docs/protocol.md) [rule](docs/protocol.md#what-a-page-says) ![a](docs/images/a.png "title")',
    '[folder](docs/) [site](https://example.com/x) [mail](mailto:a@example.com) [here](#use-it)',
    '## Use it',
    '[license]: LICENSE',
  )
  const protocol = page('docs/protocol.md', '# What a `page` says', '[up](../README.md)')
  expect(found(readme, protocol)).toEqual([])
})

test('a link that leads nowhere fails at its line', () => {
  expect(found(page('docs/protocol.md', '', 'see [x](errors.md) and <img src="images/b.png">'))).toEqual([
    'docs/protocol.md:2 errors.md leads nowhere',
    'docs/protocol.md:2 images/b.png leads nowhere',
  ])
})

test('a heading that is not there fails; the second of one name has its number', () => {
  const protocol = page('docs/protocol.md', '# Rules', '# Rules', '[a](#rules-1) [b](#rules-2)')
  expect(found(protocol)).toEqual(['docs/protocol.md:3 docs/protocol.md has no heading #rules-2'])
})

test('code is not read for links', () => {
  expect(found(page('README.md', '`[x](gone.md)`', '```md', '[y](gone.md)', '# no heading', '```'))).toEqual([])
})
