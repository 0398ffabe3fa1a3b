import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto'

/** A certificate of one's own authority, and the key that belongs to it. */
export type Certificate = { cert: string; key: string }
export type Authority = { cert: string; issue(host: string, valid: { from: Date; to: Date }): Certificate }

/** Makes an authority and what it issues, in plain DER: there is no library for it in Node, and no program is needed. */
export function makeAuthority(name: string): Authority {
  const keys = newKeys()
  const day = 86_400_000
  const valid = { from: new Date(Date.now() - day), to: new Date(Date.now() + 365 * day) }
  const isAuthority = extension('551d13', true, sequence(boolean(true)))
  const own = sign({ subject: name, issuer: name, valid, publicKey: keys.publicKey, extensions: [isAuthority] }, keys)
  return {
    cert: own,
    issue(host, validity) {
      const { publicKey, privateKey } = newKeys()
      const names = extension('551d11', false, sequence(tagged(0x82, Buffer.from(host))))
      const cert = sign({ subject: host, issuer: name, valid: validity, publicKey, extensions: [names] }, keys)
      return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
    },
  }
}

type Keys = { publicKey: KeyObject; privateKey: KeyObject }
type Facts = {
  subject: string
  issuer: string
  valid: { from: Date; to: Date }
  publicKey: KeyObject
  extensions: Buffer[]
}

const VERSION_3 = 2
const SERIAL_BYTES = 8
const ECDSA_WITH_SHA256 = sequence(tagged(0x06, Buffer.from('2a8648ce3d040302', 'hex')))
const COMMON_NAME = '550403'

function newKeys(): Keys {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

/** RFC 5280, the parts that a TLS client looks at. */
function sign({ subject, issuer, valid, publicKey, extensions }: Facts, { privateKey }: Keys): string {
  const serial = Buffer.concat([Buffer.from([1]), crypto.getRandomValues(Buffer.alloc(SERIAL_BYTES))])
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([VERSION_3]))),
    integer(serial),
    ECDSA_WITH_SHA256,
    nameOf(issuer),
    sequence(time(valid.from), time(valid.to)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions)),
  )
  const signature = createSign('sha256').update(body).sign(privateKey)
  const whole = sequence(body, ECDSA_WITH_SHA256, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])))
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

function nameOf(name: string): Buffer {
  const text = tagged(0x0c, Buffer.from(name))
  return sequence(tagged(0x31, sequence(tagged(0x06, Buffer.from(COMMON_NAME, 'hex')), text)))
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  const parts = critical ? [boolean(true)] : []
  return sequence(tagged(0x06, Buffer.from(id, 'hex')), ...parts, tagged(0x04, value))
}

/** As GeneralizedTime; the years in question have four digits there, and two in the other form. */
function time(date: Date): Buffer {
  return tagged(0x18, Buffer.from(`${date.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`))
}

function boolean(value: boolean): Buffer {
  return tagged(0x01, Buffer.from([value ? 0xff : 0]))
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes)
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts))
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
