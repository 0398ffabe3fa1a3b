import { afterEach, beforeEach, expect, test } from 'vitest'
import { PROJECT_ID, ok, openAgent, startRelay, type Relay } from '../../test/harness.ts'

let relay: Relay
beforeEach(async () => {
  relay = await startRelay()
})
afterEach(async () => {
  await relay.close()
})

test('a page that opens and leaves sessions all day leaves nothing behind', async () => {
  const warnings: Error[] = []
  const note = (warning: Error): void => void warnings.push(warning)
  process.on('warning', note)
  await openAgent(relay)
  const browser = await relay.openBrowser()
  const { sessionId } = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go' }))
  for (let times = 0; times < 15; times += 1) {
    ok(await browser.emitWithAck('unsubscribe', { sessionId }))
    ok(await browser.emitWithAck('subscribe', { sessionId }))
  }
  await new Promise((resolve) => setImmediate(resolve)) // a warning is told in a later turn
  process.off('warning', note)
  expect(warnings).toEqual([])
})
