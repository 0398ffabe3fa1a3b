import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { pushMessageSchema, type PushMessage } from '@farhand/shared'
import { z } from 'zod'

/** A browser with its push service: it takes what a relay sends, checks who sends it, and opens it as the browser would. */
export type PushService = {
  url: string
  /** A browser's subscription; letters to it come in under `name`. */
  subscribe(name: string): { endpoint: string; keys: { p256dh: string; auth: string } }
  letters: Letter[]
  /** What the next requests are answered with; 201 when nothing is left. */
  answers: { status: number; headers?: Record<string, string> }[]
  close(): Promise<void>
}

export type Letter = {
  to: string
  message: PushMessage
  ttl: number
  urgency: string
  topic: string
  claims: { aud: string; sub: string; exp: number }
  publicKey: string
}

type Browser = { curve: ReturnType<typeof createECDH>; auth: Buffer }

export async function startPushService(): Promise<PushService> {
  const browsers = new Map<string, Browser>()
  const letters: Letter[] = []
  const answers: PushService['answers'] = []
  const server = createServer((request, response) => {
    const to = request.url?.split('/').at(-1) ?? ''
    const browser = browsers.get(to)
    readBody(request)
      .then((body) => {
        if (browser === undefined) return response.writeHead(404).end()
        const letter = { to, ...readHeaders(request), message: open(browser, body) }
        const { status, headers = {} } = answers.shift() ?? { status: 201 }
        if (status < 300) letters.push(letter)
        response.writeHead(status, headers).end()
      })
      .catch((error: unknown) => response.writeHead(400).end(String(error)))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  const url = `http://127.0.0.1:${address.port}`
  return {
    url,
    letters,
    answers,
    subscribe: (name) => {
      const curve = createECDH('prime256v1')
      const p256dh = curve.generateKeys('base64url')
      const auth = randomBytes(16)
      browsers.set(name, { curve, auth })
      return { endpoint: `${url}/push/${name}`, keys: { p256dh, auth: auth.toString('base64url') } }
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const claimsSchema = z.object({ aud: z.string(), sub: z.string(), exp: z.number() })

/** RFC 8292: the token is signed with the key that it names. */
function readHeaders({ headers }: IncomingMessage) {
  const [, token = '', publicKey = ''] = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(headers.authorization ?? '') ?? []
  const [head = '', claims = '', signature = ''] = token.split('.')
  const point = Buffer.from(publicKey, 'base64url')
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'))
  const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' }, format: 'jwk' })
  const signed = Buffer.from(`${head}.${claims}`)
  if (!verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')))
    throw new Error('signed by somebody else')
  if (headers['content-encoding'] !== 'aes128gcm') throw new Error('not sealed')
  return {
    ttl: Number(headers['ttl']),
    urgency: String(headers['urgency']),
    topic: String(headers['topic']),
    claims: claimsSchema.parse(JSON.parse(Buffer.from(claims, 'base64url').toString())),
    publicKey,
  }
}

/** RFC 8291 and 8188, by their letter: one record, padded with a 2. */
function open({ curve, auth }: Browser, body: Buffer): PushMessage {
  const salt = body.subarray(0, 16)
  const keyBytes = body.readUInt8(20)
  const sender = body.subarray(21, 21 + keyBytes)
  const sealed = body.subarray(21 + keyBytes)
  const derive = (secret: Uint8Array, with_: Uint8Array, info: Buffer, bytes: number) =>
    Buffer.from(hkdfSync('sha256', secret, with_, info, bytes))
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), curve.getPublicKey(), sender])
  const secret = derive(curve.computeSecret(sender), auth, info, 32)
  const key = derive(secret, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16)
  const nonce = derive(secret, salt, Buffer.from('Content-Encoding: nonce\0'), 12)
  const decipher = createDecipheriv('aes-128-gcm', key, nonce)
  decipher.setAuthTag(sealed.subarray(-16))
  const opened = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
  return pushMessageSchema.parse(JSON.parse(opened.subarray(0, opened.lastIndexOf(2)).toString()))
}
