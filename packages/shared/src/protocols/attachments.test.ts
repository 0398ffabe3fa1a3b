import { expect, test } from 'vitest'
import { isShownImage, safeName, sniff, whyNotTaken } from './attachments.ts'

const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0])
const JPEG = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0])
const text = (words: string) => new TextEncoder().encode(words)

test.each([
  ['photo.png', 'photo.png'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\temp\\a b.txt', 'a b.txt'],
  ['.bashrc', 'bashrc'],
  ['-rf', 'rf'],
  ['a\u202egnp.exe', 'agnp.exe'],
  ['a\u0000\n\u001b[31mb.txt', 'a[31mb.txt'],
  ['///', 'file'],
  ['...', 'file'],
  ['  .png', 'png'],
  [`${'x'.repeat(300)}.png`, `${'x'.repeat(96)}.png`],
  ['🙂'.repeat(200), '🙂'.repeat(100)],
  ['con?*<>|".txt', 'con.txt'],
])('the name %j becomes %j', (name, safe) => {
  expect(safeName(name)).toBe(safe)
})

test.each([
  ['a.png', 'image/png', PNG],
  ['a.JPG', 'image/jpeg', JPEG],
  ['noname', 'image/png', PNG],
  ['a.txt', 'text/plain', text('Grüße')],
  ['a.json', 'application/json', text('{}')],
  ['a.bin', 'application/octet-stream', Uint8Array.from([0, 1, 2])],
  ['a.pdf', 'application/pdf', text('%PDF-1.7')],
])('%s of type %s is what it says', (name, mediaType, head) => {
  expect(whyNotTaken({ name, mediaType }, head)).toBeUndefined()
})

test.each([
  ['another image than it says', 'a', 'image/png', JPEG],
  ['no image', 'a', 'image/png', text('<script>')],
  ['an image that only a program can read', 'a.svg', 'image/svg+xml', text('<svg>')],
  ['no text', 'a', 'text/plain', PNG],
  ['text in no encoding of ours', 'a', 'text/plain', Uint8Array.from([0x47, 0xfc, 0x20])],
  ['a name that lies', 'a.png', 'application/octet-stream', text('MZ')],
  ['a name that lies about which image', 'a.png', 'image/jpeg', JPEG],
])('refused: %s', (_what, name, mediaType, head) => {
  expect(whyNotTaken({ name, mediaType }, head)).toContain('and it is not')
})

test('what is shown as an image is known by its first bytes', () => {
  expect(sniff(text('GIF89a'))).toBe('image/gif')
  expect(sniff(text('RIFF0000WEBP'))).toBe('image/webp')
  expect(sniff(text(''))).toBeUndefined()
  expect(isShownImage('image/webp')).toBe(true)
  expect(isShownImage('image/svg+xml')).toBe(false)
})
