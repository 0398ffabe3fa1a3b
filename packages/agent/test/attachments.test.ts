import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openHouse, type House } from './house.ts'
import type { Reply, Turn } from './model.ts'

/** Files that go with a command, with the real Claude Code. */

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

/** Reads the file that the prompt names, if there is one, and says what it saw. */
function script(turn: Turn): Reply {
  const path = /^- (.+?) \(/m.exec(turn.prompt)?.[1]
  if (turn.toolResults.length > 0) return { blocks: [{ type: 'text', text: turn.toolResults.join() }] }
  if (path !== undefined) return { blocks: [{ type: 'tool_use', name: 'Read', input: { file_path: path } }] }
  return { blocks: [{ type: 'text', text: `Images: ${turn.images.join()}; ${turn.prompt}` }] }
}

function offer(house: House, content: Buffer, part: object = {}): string {
  const id = randomUUID()
  const sha256 = createHash('sha256').update(content).digest('hex')
  const said = { name: 'photo.png', mediaType: 'image/png', bytes: content.length, sha256, ...part }
  house.relay.attachments.set(id, { said, content })
  return id
}

test('an image is shown to Claude; a file is read without asking, from outside of the project', async () => {
  const house = await openHouse({ script })
  const session = house.session()
  const image = offer(house, PNG)
  const first = await session.end(await session.command('what is this?', { options: { attachments: [image] } }))
  expect(first.body.result).toContain('Images: image/png;')

  const note = { name: '../no te.txt', mediaType: 'text/plain' }
  const file = offer(house, Buffer.from('the secret word'), note)
  const second = await session.end(await session.command('and this?', { options: { attachments: [file] } }))
  expect(second.body.result).toContain('the secret word')
  expect(session.bodies('request')).toEqual([])
  expect(session.bodies('notice')).toMatchObject([
    { type: 'attachments', files: [{ id: image, name: 'photo.png', mediaType: 'image/png', bytes: PNG.length }] },
    { type: 'attachments', files: [{ id: file, name: 'no te.txt' }] },
  ])
  expect(readdirSync(house.project)).toEqual([])
  const kept = join(house.directory, 'agent', 'attachments', session.sessionId)
  expect(readdirSync(kept)).toEqual([`${file.slice(-12)}-no te.txt`])

  await house.relay.ask('sessions.forget', { sessionId: session.sessionId })
  expect(existsSync(kept)).toBe(false)
})

test('what is gone, or is not what it says, ends the command with its code; the session stays usable', async () => {
  const house = await openHouse({ script })
  const session = house.session()
  const page = Buffer.from('<script>')
  const cases: [string, string][] = [
    ['NOT_FOUND', randomUUID()],
    ['UNSUPPORTED_FILE', offer(house, page)],
    ['UNSUPPORTED_FILE', offer(house, PNG, { sha256: 'a'.repeat(64) })],
    ['UNSUPPORTED_FILE', offer(house, PNG, { bytes: 5 })],
    ['UNSUPPORTED_FILE', offer(house, PNG, { name: 'a.jpg' })],
    ['TOO_LARGE', offer(house, Buffer.alloc(10 * 1024 * 1024 + 1), { mediaType: 'application/octet-stream' })],
  ]
  for (const [code, id] of cases) {
    const { response } = await session.end(await session.command('look', { options: { attachments: [id] } }))
    expect(response).toMatchObject({ status: 'error', code })
  }
  expect((await session.end(await session.command('hello'))).body.result).toBe('Images: ; hello')

  const slow = randomUUID()
  house.relay.attachments.set(slow, { said: {}, content: PNG, hangs: true })
  const waits = await session.command('look', { options: { attachments: [slow] } })
  await session.input('cancel', { commandId: waits })
  expect((await session.end(waits, 5_000)).response.code).toBe('CANCELLED')
  expect((await session.end(await session.command('again'))).body.result).toBe('Images: ; again')
})
