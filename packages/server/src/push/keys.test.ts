import { expect, test } from 'vitest'
import { createLogger } from '../logger.ts'
import { openPushKeys } from './keys.ts'

const open = (kept: string) => openPushKeys({ pushKeys: () => Promise.resolve(kept) }, createLogger('silent'))

test('a pair is made once, whole, and read again', async () => {
  let kept: string | undefined
  const store = { pushKeys: (made: string) => Promise.resolve((kept ??= made)) }
  const first = await openPushKeys(store, createLogger('silent'))
  expect(Buffer.from(first?.publicKey ?? '', 'base64url')).toHaveLength(65)
  expect(Buffer.from(first?.privateKey ?? '', 'base64url')).toHaveLength(32)
  expect(await openPushKeys(store, createLogger('silent'))).toEqual(first)
  const other = await openPushKeys({ pushKeys: (made) => Promise.resolve(made) }, createLogger('silent'))
  expect(await open(JSON.stringify({ ...first, privateKey: other?.privateKey }))).toBeUndefined()
})

test.each(['', '{}', 'null', '{"publicKey":"a","privateKey":"b"}', '{"publicKey":"torn'])(
  'what is no pair is none: %j',
  async (kept) => expect(await open(kept)).toBeUndefined(),
)
