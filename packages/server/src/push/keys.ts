import { createECDH } from 'node:crypto'
import { z } from 'zod'
import type { PushStore } from '../log/push/store.ts'
import type { Logger } from '../logger.ts'

/** The relay's own pair, by which push services know it (VAPID): base64url, as browsers take the public one. */
const pairSchema = z.object({ publicKey: z.string(), privateKey: z.string() })
export type PushKeys = z.infer<typeof pairSchema>

const CURVE = 'prime256v1'
const KEY_BYTES = 32

/**
 * The pair that the store has, made the first time. Subscriptions hang on it, so one that cannot be read is told and never
 * written over; undefined then.
 */
export async function openPushKeys(store: Pick<PushStore, 'pushKeys'>, logger: Logger): Promise<PushKeys | undefined> {
  const kept = readPair(await store.pushKeys(JSON.stringify(makePair())))
  if (kept === undefined) logger.error('the keys for push notifications (push_keys in the table meta) cannot be read')
  return kept
}

function makePair(): PushKeys {
  const curve = createECDH(CURVE)
  const publicKey = curve.generateKeys('base64url')
  const privateKey = curve.getPrivateKey()
  const padded = Buffer.concat([Buffer.alloc(KEY_BYTES - privateKey.length), privateKey]) // it comes without zeros at its front
  return { publicKey, privateKey: padded.toString('base64url') }
}

/** A pair whose halves belong together. */
function readPair(text: string): PushKeys | undefined {
  try {
    const pair = pairSchema.parse(JSON.parse(text))
    const curve = createECDH(CURVE)
    curve.setPrivateKey(pair.privateKey, 'base64url')
    return curve.getPublicKey('base64url') === pair.publicKey ? pair : undefined
  } catch {
    return undefined // whoever asks says so
  }
}
