import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { PROJECT_ID, ok, openAgent, pause, responseOf, startRelay, until, type Relay } from '../../test/harness.ts'

const unread = vi.hoisted(() => ({ bytes: 0 }))
vi.mock(import('./backlog.ts'), async (original) => ({ ...(await original()), unreadBytes: () => unread.bytes }))

let relay: Relay
beforeEach(async () => {
  relay = await startRelay()
})
afterEach(() => relay.close())

test('[SUB9] a reader whose link is behind gets fewer messages, and each one again when it is not, without a gap', async () => {
  const agent = await openAgent(relay)
  const browser = await relay.openBrowser()
  const { sessionId, commandId } = ok(
    await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go' }),
  )
  const messages: number[][] = []
  const seqs = (): number[] => messages.flat()
  browser.on('command_result', (said) => void messages.push([said].flat().map(({ seq }) => seq)))
  let n = 0
  /** How many messages these pieces took. */
  async function write(pieces: number): Promise<number> {
    const before = messages.length
    for (let piece = 0; piece < pieces; piece += 1) {
      n += 1
      agent.socket.emit('command_response', responseOf({ sessionId, commandId, n, key: 'a' }))
      await pause(15)
    }
    await until(() => seqs().at(-1) === n + 1)
    return messages.length - before
  }

  expect(await write(20)).toBeGreaterThan(10)
  unread.bytes = 1_000_000
  await write(1)
  await pause(700)
  await write(1)
  expect(await write(20)).toBeLessThan(10)
  unread.bytes = 0
  await pause(6_500)
  expect(await write(20)).toBeGreaterThan(10)
  const [first = 0] = seqs()
  expect(seqs()).toEqual(Array.from({ length: n + 2 - first }, (_, index) => first + index))
})
