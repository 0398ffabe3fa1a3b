import { EventEmitter } from 'node:events'
import { buildEntry } from '@farhand/shared/testing'
import { Server, type Socket } from 'socket.io'
import { expect, test } from 'vitest'
import { encodePages, sendPagesAsFrames } from './encoding.ts'

type Packet = Parameters<Server['encoder']['encode']>[0]

const ACK = { type: 3, nsp: '/', id: 7 } as const
const EVENT = { type: 2, nsp: '/' } as const
const plain = new Server().encoder
const { encoder } = new Server()
encodePages(encoder)

const entries = [buildEntry(1), buildEntry(2, { response: 'half \ud83d "\\' })]
const page = { ok: true, logEpoch: 'e', entries, from: 0, to: 2, head: 2 }

test.each<[string, object]>([
  ['a page', { ...ACK, data: [page] }],
  ['the same page for another reader', { ...ACK, id: 12, data: [{ ...page, head: 3, reset: true }] }],
  ['an empty page', { ...ACK, data: [{ ok: true, entries: [], from: 0, to: 0 }] }],
  ['an entry', { ...EVENT, data: ['command_result', entries[0]] }],
  ['entries', { ...EVENT, data: ['command_result', entries] }],
  ['another event', { ...EVENT, data: ['heads', { heads: {} }] }],
  ['a refusal', { ...ACK, data: [{ ok: false, error: { code: 'NOT_FOUND' } }] }],
  ['an answer without a page', { ...ACK, data: [{ ok: true }] }],
  ['a buffer from an agent', { ...ACK, data: [{ ok: true, result: Buffer.from('bytes') }] }],
])('%s reads as Socket.IO would have written it', (_name, said) => {
  const packet = said as unknown as Packet
  const [mine, theirs] = [encoder.encode(packet), plain.encode({ ...packet })].map(readable)
  expect(mine).toEqual(theirs)
})

test.each([
  [0, 2],
  [3, 4],
  [400, 10],
])('a page of %i entries goes out as the frame of its text, whose end all readers share', (count, headBytes) => {
  const connection = new EventEmitter()
  sendPagesAsFrames(connection as Socket['conn'])
  const many = Array.from({ length: count }, (_, index) => buildEntry(index + 1, { response: 'ü"' }))
  const frames = [1, 2].map((id) => {
    const [data] = encoder.encode({ ...ACK, id, data: [{ ok: true, entries: many }] })
    const packet = { data, options: { compress: true, wsPreEncodedFrame: [Buffer.alloc(0)] } }
    connection.emit('packetCreate', packet)
    const frame = packet.options.wsPreEncodedFrame
    const [text, whole] = [Buffer.from(`4${String(data)}`), Buffer.concat(frame)]
    expect(whole.length - text.length).toBe(headBytes)
    expect(whole.subarray(headBytes).equals(text)).toBe(true)
    return frame
  })
  expect(frames[0]?.[1]).toBe(frames[1]?.[1])
})

/** The head of a message, its JSON whatever the order of the members, and what is attached. */
function readable([text, ...attached]: unknown[]): unknown {
  const [, head, json = ''] = /^([\d-]*)([^]*)$/.exec(String(text)) ?? []
  return [head, JSON.parse(json), attached]
}
