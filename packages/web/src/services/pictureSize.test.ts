import { expect, test } from 'vitest'
import { fitPicture, fittedSize, type PictureParts } from './pictureSize.ts'

const HEADS = {
  'image/png': [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  'image/jpeg': [0xff, 0xd8, 0xff, 0xe0],
  'image/gif': [...'GIF89a'].map((letter) => letter.charCodeAt(0)),
}
const fileOf = (type: keyof typeof HEADS) => new File([new Uint8Array(HEADS[type])], 'a.picture', { lastModified: 5 })

/** A browser whose pictures are all of one size. */
function browser(width: number, height: number, writes?: string) {
  let closed = 0
  const parts: PictureParts = {
    decode: async () => ({ width, height, close: () => void (closed += 1) }),
    encode: async (_picture, w, h, type) => new Blob([`${w}×${h}`], { type: writes ?? type }),
  }
  return { parts, closed: () => closed }
}

test.each([
  [2_048, 2_048, undefined],
  [4_096, 2_048, { width: 2_048, height: 1_024 }],
  [1_000, 4_000, { width: 512, height: 2_048 }],
  [100_000, 3, { width: 2_048, height: 1 }],
])('%i × %i', (width, height, size) => {
  expect(fittedSize({ width, height })).toEqual(size)
})

test('a picture that is too large is scaled down, and keeps its type, name and time', async () => {
  for (const type of ['image/png', 'image/jpeg'] as const) {
    const { parts, closed } = browser(4_096, 3_072)
    const { file, scaled } = await fitPicture(fileOf(type), parts)
    expect(scaled).toEqual({ width: 2_048, height: 1_536 })
    expect([file.type, file.name, file.lastModified, await file.text()]).toEqual([type, 'a.picture', 5, '2048×1536'])
    expect(closed()).toBe(1)
  }
})

test('what fits, moves, is no picture, or can’t be read or written stays what it was', async () => {
  const large = browser(4_096, 3_072).parts
  const broken = { ...large, decode: () => Promise.reject(new Error('damaged')) }
  for (const [file, parts] of [
    [fileOf('image/png'), browser(800, 600).parts],
    [fileOf('image/gif'), large],
    [new File(['text'], 'a.png'), large],
    [fileOf('image/png'), broken],
    [fileOf('image/png'), browser(4_096, 3_072, 'image/bmp').parts],
  ] as const)
    expect(await fitPicture(file, parts)).toEqual({ file })
})
