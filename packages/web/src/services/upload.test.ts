import { FarhandError, type NewAttachment } from '@farhand/shared'
import { expect, test } from 'vitest'
import { upload, type UploadApi } from './upload.ts'

const CHUNK = 256 * 1024
const FILE = new Blob([new Uint8Array(2.5 * CHUNK)])
const SAID: NewAttachment & { attachmentId: string } = {
  attachmentId: 'id',
  name: 'a.bin',
  mediaType: 'application/octet-stream',
  bytes: FILE.size,
  sha256: 'a'.repeat(64),
}

/** A relay that holds what came, whose next answers a test may replace by failures. */
function relay(failures: Partial<Record<'begin' | 'put', (Error | undefined)[]>> = {}) {
  let held = 0
  const asked: string[] = []
  const failing = (call: 'begin' | 'put'): void => {
    const error = failures[call]?.shift()
    if (error !== undefined) throw error
  }
  const api: UploadApi = {
    async begin() {
      asked.push('begin')
      failing('begin')
      return { received: held }
    },
    async put(_id, offset, chunk) {
      asked.push(`put ${offset / CHUNK}`)
      // As when the answer is lost: the chunk has arrived all the same.
      held = offset + chunk.byteLength
      failing('put')
      return { received: held }
    },
  }
  return { api, asked }
}

async function run(api: UploadApi, signal = new AbortController().signal) {
  const pauses: number[] = []
  const progress: number[] = []
  let waited = 0
  const parts = {
    api,
    pause: async (ms: number) => void pauses.push(ms),
    random: () => 0.5,
    onProgress: (received: number) => void progress.push(received / CHUNK),
    onWaiting: () => void (waited += 1),
  }
  const error = await upload(parts, FILE, 'project', SAID, signal).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return { pauses, progress, waited, error }
}

test('a file goes up chunk by chunk, and its progress is told', async () => {
  const { api, asked } = relay()
  expect(await run(api)).toEqual({ pauses: [], progress: [0, 1, 2, 2.5], waited: 0, error: undefined })
  expect(asked).toEqual(['begin', 'put 0', 'put 1', 'put 2'])
})

test('after a cut it goes on from where the relay has it, with longer pauses while nothing gets through', async () => {
  const cut = new TypeError('Failed to fetch')
  const { api, asked } = relay({ put: [undefined, cut], begin: [undefined, cut, cut] })
  const { pauses, error } = await run(api)
  expect(error).toBeUndefined()
  expect(pauses).toEqual([1_000, 2_000, 4_000])
  expect(asked).toEqual(['begin', 'put 0', 'put 1', 'begin', 'begin', 'begin', 'put 2'])
})

test('a relay that is busy says for how long; one that lost what was begun is told anew', async () => {
  const busy = new FarhandError('RATE_LIMITED', 'busy', { retryAfterMs: 7_000 })
  const lost = new FarhandError('NOT_FOUND', 'There is no such attachment.')
  const { api } = relay({ put: [busy, lost] })
  expect(await run(api)).toMatchObject({ pauses: [7_000, 2_000], error: undefined })
})

test.each(['UNSUPPORTED_FILE', 'TOO_LARGE', 'STORAGE_UNAVAILABLE', 'UNAUTHENTICATED', 'NOT_FOUND'] as const)(
  '%s at the beginning is told, and not tried again',
  async (code) => {
    const refusal = new FarhandError(code, 'no')
    expect(await run(relay({ begin: [refusal] }).api)).toEqual({ pauses: [], progress: [], waited: 0, error: refusal })
  },
)

test('a relay that loses it again and again is not asked for ever', async () => {
  const losing: UploadApi = {
    begin: async () => ({ received: 0 }),
    async put(_id, offset) {
      if (offset === 0) return { received: CHUNK }
      throw new FarhandError('NOT_FOUND', 'There is no such attachment.')
    },
  }
  expect(await run(losing)).toMatchObject({ error: { code: 'NOT_FOUND' }, waited: 3 })
})

test('what was given up asks nothing more; a file that went away is told as one', async () => {
  const stop = new AbortController()
  const { api, asked } = relay()
  const stopping: UploadApi = {
    ...api,
    put: async (...args) => {
      stop.abort()
      await api.put(...args)
      throw new TypeError('aborted')
    },
  }
  expect((await run(stopping, stop.signal)).error).toMatchObject({ name: 'AbortError' })
  expect(asked).toEqual(['begin', 'put 0'])

  const unreadable = FILE.slice()
  unreadable.slice = () => {
    throw new DOMException('gone', 'NotReadableError')
  }
  const parts = { api: relay().api, pause: async () => {}, random: () => 0, onProgress: () => {}, onWaiting: () => {} }
  await expect(upload(parts, unreadable, 'project', SAID, new AbortController().signal)).rejects.toMatchObject({
    code: 'UNSUPPORTED_FILE',
  })
})
