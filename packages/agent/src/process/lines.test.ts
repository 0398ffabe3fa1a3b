import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { lineFilter, type MalformedLine } from './lines.ts'

const isMessage = (value: object): boolean => 'type' in value && typeof value.type === 'string'

async function filter(chunks: readonly (string | Buffer)[], maxLineBytes?: number) {
  const malformed: MalformedLine[] = []
  const source = new PassThrough()
  const passed = text(source.pipe(lineFilter(isMessage, (line) => malformed.push(line), maxLineBytes)))
  for (const chunk of chunks) source.write(chunk)
  source.end()
  return { passed: await passed, malformed }
}

test('messages pass unchanged, whatever the chunks are', async () => {
  const line = JSON.stringify({ type: 'x', text: 'grüße 😀 \u0000 end' })
  const bytes = Buffer.from(`${line}\n${line}\n`)
  const single = Array.from(bytes, (byte) => Buffer.from([byte]))
  expect(await filter(single)).toEqual({ passed: `${line}\n${line}\n`, malformed: [] })
})

test('garbage is reported and does not pass; blank lines and CRLF are nothing', async () => {
  const { passed, malformed } = await filter(['hello\n\r\n\n{"type":"a"}\r\n{"broken": \n"text"\n[1]\n{"no":"type"}\n'])
  expect(passed.trim()).toBe('{"type":"a"}')
  expect(malformed.map((line) => line.start)).toEqual(['hello', '{"broken": ', '"text"', '[1]', '{"no":"type"}'])
})

test('a line that is too long is not held, but counted to the byte', async () => {
  const { passed, malformed } = await filter(['x'.repeat(5_000), 'y'.repeat(5_000), '\n{"type":"after"}\n'], 6_000)
  expect(passed).toBe('{"type":"after"}\n')
  expect(malformed).toEqual([{ bytes: 10_000, start: 'x'.repeat(2_048) }])
})

test('a last line without its end is kept', async () => {
  const { passed, malformed } = await filter(['{"type":"whole"}\n{"type":"cut'])
  expect(passed).toBe('{"type":"whole"}\n')
  expect(malformed).toEqual([{ bytes: 12, start: '{"type":"cut' }])
})
