import { createHash, timingSafeEqual } from 'node:crypto'

export type RandomBytes = (size: number) => Buffer

/** 256 bits, as 43 characters that need no escaping in a URL, a cookie or a shell. */
const SECRET_BYTES = 32

export function newSecret(randomBytes: RandomBytes): string {
  return randomBytes(SECRET_BYTES).toString('base64url')
}

/** How a secret is kept. It has 256 bits of its own, so one pass of SHA-256 is enough. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Compares two hashes without telling by its duration where they differ. */
export function sameHash(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
