// @vitest-environment node
import { expect, test } from 'vitest'
import { closeMarks } from './openMarks.ts'

test.each([
  ['plain text', 'plain text'],
  ['half a **bold word', 'half a **bold word**'],
  ['**bold** and *half', '**bold** and *half*'],
  ['**bold with *both', '**bold with *both***'],
  ['nothing **', 'nothing **'],
  ['a * b times c', 'a * b times c'],
  ['use `code and **stars', 'use `code and **stars`'],
  ['`**` is a mark', '`**` is a mark'],
  ['see [the docs](https://exam', 'see the docs'],
  ['see [the do', 'see the do'],
  ['see [the docs](https://example.com)', 'see [the docs](https://example.com)'],
  ['gone ~~here', 'gone ~~here~~'],
])('%s', (text, closed) => expect(closeMarks(text)).toBe(closed))
