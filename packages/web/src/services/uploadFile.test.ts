import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { lookAt, mediaTypeOf, sha256Of, whyTooLarge, whyTooMany } from './uploadFile.ts'
import { inTurns } from './uploadTurns.ts'

const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0])
const text = (source: string) => new TextEncoder().encode(source)

test('a file is what is in it, whatever the browser calls it', () => {
  expect(mediaTypeOf('', PNG)).toBe('image/png')
  expect(mediaTypeOf('video/mp2t', text('const a = 1'))).toBe('text/plain')
  expect(mediaTypeOf('image/svg+xml', text('<svg/>'))).toBe('text/plain')
  const bytes = Uint8Array.from([0, 1, 2, 255])
  expect(
    ['application/zip', 'image/heic', 'application/pdf', 'nonsense'].map((type) => mediaTypeOf(type, bytes)),
  ).toEqual(['application/zip', 'application/octet-stream', 'application/octet-stream', 'application/octet-stream'])
})

test('too many, too large, empty, and a name that lies are refused at once, with the reason', async () => {
  expect(whyTooMany('a', 19)).toBeUndefined()
  expect(whyTooMany('a', 20)).toMatch(/at most 20 files/)
  expect(whyTooLarge({ name: 'a', bytes: 10 * 1024 * 1024 })).toBeUndefined()
  expect(whyTooLarge({ name: 'film.mp4', bytes: 10 * 1024 * 1024 + 1 })).toMatch(/^film\.mp4 .* larger than 10 MiB/)
  expect(await lookAt(new File([], 'nothing.txt'))).toEqual({ refusal: expect.stringContaining('it is empty') })
  expect(await lookAt(new File([text('<script>')], 'a.png', { type: 'image/png' }))).toEqual({
    refusal: expect.stringContaining('Its name says that it is image/png'),
  })
  expect(await lookAt(new File([PNG], 'a.png'))).toEqual({ mediaType: 'image/png' })
  const folder = new File([PNG], 'folder')
  folder.slice = () => {
    throw new DOMException('a directory', 'NotReadableError')
  }
  expect(await lookAt(folder)).toEqual({ refusal: expect.stringContaining('can’t be read') })
})

test('the hash of a file of several slices is its SHA-256, and giving up ends it', async () => {
  const content = new Uint8Array(1_200_000).map((_, index) => index % 251)
  const hash = createHash('sha256').update(content).digest('hex')
  expect(await sha256Of(new Blob([content]), new AbortController().signal)).toBe(hash)
  await expect(sha256Of(new Blob([content]), AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' })
})

test('only so many go up at once, in the order in which they came, whatever becomes of them', async () => {
  const turn = inTurns(2)
  const began: number[] = []
  const ends: (() => void)[] = []
  const jobs = [0, 1, 2, 3].map((index) =>
    turn(async () => {
      began.push(index)
      await new Promise<void>((resolve) => ends.push(resolve))
      if (index === 0) throw new Error('lost')
    }).catch(() => undefined),
  )
  const settle = () => new Promise((resolve) => setTimeout(resolve))
  await settle()
  expect(began).toEqual([0, 1])
  ends[0]?.()
  await settle()
  expect(began).toEqual([0, 1, 2])
  ends[1]?.()
  ends[2]?.()
  await settle()
  ends[3]?.()
  await Promise.all(jobs)
  expect(began).toEqual([0, 1, 2, 3])
})
