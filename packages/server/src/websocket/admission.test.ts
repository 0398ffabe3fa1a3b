import { EventEmitter } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { admitInTurns } from './admission.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function open() {
  const http = new EventEmitter()
  const taken: unknown[] = []
  http.on('upgrade', (_request, wire) => taken.push(wire))
  admitInTurns(http as HttpServer)
  const knock = (): PassThrough => {
    const wire = new PassThrough()
    http.emit('upgrade', {}, wire, Buffer.alloc(0))
    return wire
  }
  return { taken, knock }
}

test('[F20] whoever comes alone is let in at once, thousands so many a turn and in order', async () => {
  const { taken, knock } = open()
  const first = knock()
  expect(taken).toEqual([first])
  await turn()
  const crowd = Array.from({ length: 40 }, knock)
  expect(taken).toHaveLength(1 + 16)
  await turn()
  expect(taken).toHaveLength(1 + 32)
  await turn()
  expect(taken).toEqual([first, ...crowd])
})

test('who went away while it waited is not let in, and harms nobody', async () => {
  const { taken, knock } = open()
  const crowd = Array.from({ length: 20 }, knock)
  crowd[18]?.destroy(new Error('reset'))
  await turn()
  await turn()
  expect(taken).toHaveLength(19)
  expect(taken).not.toContain(crowd[18])
})
