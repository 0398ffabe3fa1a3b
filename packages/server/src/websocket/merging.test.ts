import { MAX_RESPONSES_PER_MESSAGE } from '@farhand/shared'
import { expect, test } from 'vitest'
import { mergeResponses } from './merging.ts'
import { parseResponses } from './responses.ts'
import type { AgentSocket } from './sockets.ts'

const ID = '00000000-0000-4000-8000-0000000000c1'

/** One that hears what its decoder makes of messages; `left` is what was left to Socket.IO. */
function open() {
  const heard: unknown[] = []
  const decoder = {
    add: (message: unknown): void => void heard.push({ left: message }),
    emit: (_event: string, packet: { type: number; nsp: string; data: [string, unknown] }): void => {
      const { type, nsp, data } = packet
      expect([type, nsp, data[0]]).toEqual([2, '/', 'command_response'])
      heard.push(parseResponses(data[1]).map(({ n }) => n))
    },
  }
  const socket: unknown = { client: { decoder } }
  mergeResponses(socket as AgentSocket)
  return { decoder, heard }
}

function response(n: number, part: object = {}): object {
  const said = { sessionId: ID, commandId: ID, kind: 'text', data: 'said', isComplete: false, at: 1 }
  return { ...said, n, ...part }
}

const message = (said: unknown): string => `2["command_response",${JSON.stringify(said)}]`
const tick = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))

test('[LOG4] messages that come together are one, in their order, and what comes alone waits for nothing else', async () => {
  const { decoder, heard } = open()
  decoder.add(message(response(1)))
  decoder.add(message([response(2), response(3)]))
  expect(heard).toEqual([])
  await tick()
  decoder.add(message(response(4)))
  await tick()
  expect(heard).toEqual([[1, 2, 3], [4]])
})

test('[CON4] anything else stays as it came, between what came before it and behind it', async () => {
  const { decoder, heard } = open()
  const others = [
    '2["agent_status",{}]',
    '37[{"ok":true}]',
    message(response(0)),
    message([response(2), response(3, { data: 7 })]),
    message([]),
    `2["command_response"]`,
    `2["command_response",${JSON.stringify(response(2))},7]`,
    Buffer.from('attached'),
  ]
  for (const other of others) {
    decoder.add(message(response(1)))
    decoder.add(other)
  }
  await tick()
  expect(heard).toEqual(others.flatMap((other) => [[1], { left: other }]))
  expect(() => decoder.add('2["command_response",{"n":')).toThrow(SyntaxError) // which ends the connection, as ever
})

test('[CON7] no more than one message may hold, and nothing else beside what is long', async () => {
  const { decoder, heard } = open()
  const numbers = Array.from({ length: MAX_RESPONSES_PER_MESSAGE + 1 }, (_, index) => index + 1)
  for (const n of numbers) decoder.add(message(response(n)))
  await tick()
  expect(heard).toEqual([numbers.slice(0, -1), numbers.slice(-1)])
  heard.length = 0
  for (const n of [1, 2, 3]) decoder.add(message(response(n, { data: 'x'.repeat(n === 2 ? 100_000 : 10) })))
  await tick()
  expect(heard).toEqual([[1], [2], [3]])
})
