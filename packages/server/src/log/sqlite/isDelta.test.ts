import { DatabaseSync } from 'node:sqlite'
import { buildEntry } from '@farhand/shared/testing'
import { expect, test } from 'vitest'
import { isDelta } from '../../websocket/finalDetail.ts'
import { IS_DELTA } from '../rows.ts'

const db = new DatabaseSync(':memory:')
const asked = db.prepare(`select ${IS_DELTA} as delta from (select ? as kind, ? as key, ? as final)`)

test.each(
  ['text', 'thinking', 'tool_started', 'request'].flatMap((kind) =>
    ['m:0', undefined].flatMap((key) => [true, false, undefined].map((final) => [kind, key, final] as const)),
  ),
)('[SUB6] %s, key %s, final %s: the table and the wire agree on what a preview is', (kind, key, final) => {
  const entry = {
    ...buildEntry(1, { kind }),
    ...(key === undefined ? {} : { key }),
    ...(final === undefined ? {} : { final }),
  }
  const row = asked.get(kind, key ?? null, final === undefined ? null : Number(final))
  expect(row).toEqual({ delta: Number(isDelta(entry)) })
})
