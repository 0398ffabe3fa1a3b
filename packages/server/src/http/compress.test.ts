import { get } from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { OWNER_TOKEN, PROJECT_ID, ids, ok, openAgent, startRelay, type Relay } from '../../test/harness.ts'
import { COMPRESS_FROM_BYTES } from './compress.ts'

let relay: Relay
beforeEach(async () => {
  relay = await startRelay()
})
afterEach(() => relay.close())

/** As it comes over the wire: `fetch` would unpack it. */
function fetchRaw(path: string, accepted: string): Promise<{ encoding: string | undefined; bytes: number }> {
  const headers = { Authorization: `Bearer ${OWNER_TOKEN}`, 'Accept-Encoding': accepted }
  return new Promise((resolve, reject) => {
    get(`${relay.url}${path}`, { headers }, (response) => {
      let bytes = 0
      response.on('data', (chunk: Buffer) => (bytes += chunk.length))
      response.on('end', () => resolve({ encoding: response.headers['content-encoding'], bytes }))
    }).on('error', reject)
  })
}

test('a large page is compressed as the reader can take it, a small one is sent as it is', async () => {
  await openAgent(relay)
  const browser = await relay.openBrowser()
  const open = async (command: string): Promise<string> => {
    const { sessionId } = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command, ...ids() }))
    return `/api/sessions/${sessionId}/entries`
  }
  const large = await open('export function something() {}\n'.repeat(1_000))
  const small = await open('x')
  expect(await fetchRaw(large, 'gzip, br')).toMatchObject({ encoding: 'br' })
  expect(await fetchRaw(large, 'gzip')).toMatchObject({ encoding: 'gzip' })
  expect((await fetchRaw(large, 'gzip, br')).bytes).toBeLessThan(COMPRESS_FROM_BYTES)
  expect((await fetchRaw(large, 'identity')).bytes).toBeGreaterThan(10 * COMPRESS_FROM_BYTES)
  expect((await fetchRaw(small, 'gzip, br')).encoding).toBeUndefined()
})

test('a stream is sent as it comes: compressed, it would be kept back until there is enough of it', async () => {
  await openAgent(relay)
  const browser = await relay.openBrowser()
  const said = { projectId: PROJECT_ID, command: 'go', ...ids() }
  const { sessionId } = ok(await browser.emitWithAck('execute_command', said))
  const headers = { Authorization: `Bearer ${OWNER_TOKEN}`, 'Accept-Encoding': 'gzip, br' }
  const encoding = await new Promise((resolve, reject) => {
    const asked = get(`${relay.url}/api/sessions/${sessionId}/stream`, { headers }, (response) => {
      resolve(response.headers['content-encoding'])
      asked.destroy()
    }).on('error', reject)
  })
  expect(encoding).toBeUndefined()
})
