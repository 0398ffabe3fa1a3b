import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { fetchAttachment } from './fetchAttachment.ts'

const GOING_ON = new AbortController().signal
const content = Buffer.from('one two three four five six seven eight nine ten')
const said = {
  name: 'a.txt',
  mediaType: 'text/plain',
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
}
const headers = { 'x-farhand-attachment': encodeURIComponent(JSON.stringify(said)) }

/** How often it was asked, and where. */
async function relay(answer: RequestListener): Promise<{ serverUrl: string; asked: () => number }> {
  let asked = 0
  const http = createServer((request, response) => {
    asked += 1
    answer(request, response)
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  onTestFinished(() => {
    http.closeAllConnections()
    http.close()
  })
  const address = http.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { serverUrl: `http://127.0.0.1:${address.port}`, asked: () => asked }
}

/**
 * Silence and patience pass only when the test says so: a machine that stalls is no line that falls silent. What it gives
 * resolves when so many bytes have come to whoever fetches.
 */
function holdSilence(): (bytes: number) => Promise<void> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const { fetch } = globalThis
  let came = 0
  vi.stubGlobal('fetch', async (...asked: Parameters<typeof fetch>) => {
    const response = await fetch(...asked)
    const counted = new TransformStream<Uint8Array, Uint8Array>({
      transform(part, out) {
        came += part.length
        out.enqueue(part)
      },
    })
    return new Response(response.body?.pipeThrough(counted), response)
  })
  return async (bytes) => {
    while (came < bytes) await sleep(5)
    await sleep(5) // by then whoever fetches has taken note of it
  }
}

test('a line that is slow is fast enough as long as something comes', async () => {
  const haveCome = holdSilence()
  const drip = async (response: ServerResponse): Promise<void> => {
    response.writeHead(200, headers)
    for (let at = 0; at < content.length; at += 6) {
      response.write(content.subarray(at, at + 6))
      await haveCome(Math.min(at + 6, content.length))
      vi.advanceTimersByTime(600)
    }
    response.end()
  }
  const { serverUrl, asked } = await relay((_request, response) => void drip(response))
  const parts = { serverUrl, token: 't', patienceMs: 100, silenceMs: 700 }
  expect((await fetchAttachment(parts, randomUUID(), GOING_ON)).content).toEqual(content)
  expect(asked()).toBe(1)
})

test('one that falls silent is given up, and tried again while there is patience', async () => {
  const haveCome = holdSilence()
  const { serverUrl, asked } = await relay((_request, response) => {
    if (asked() > 1) return response.writeHead(200, headers).end(content)
    response.writeHead(200, headers).write(content.subarray(0, 5))
  })
  const parts = { serverUrl, token: 't', patienceMs: 5_000, silenceMs: 100 }
  const fetching = fetchAttachment(parts, randomUUID(), GOING_ON)
  await haveCome(5)
  vi.advanceTimersByTime(100)
  expect((await fetching).content).toEqual(content)
  expect(asked()).toBe(2)
})

test.each([
  [401, 'UNAUTHENTICATED'],
  [403, 'FORBIDDEN'],
  [404, 'NOT_FOUND'],
])('a refusal is no bad line: %d is %s at once', async (status, code) => {
  const { serverUrl, asked } = await relay((_request, response) => response.writeHead(status).end())
  const fetching = fetchAttachment({ serverUrl, token: 't' }, randomUUID(), GOING_ON)
  await expect(fetching).rejects.toMatchObject({ code })
  expect(asked()).toBe(1)
})

test('[CMD5] who is cancelled waits for nothing', async () => {
  const { serverUrl } = await relay(() => {})
  const begun = performance.now()
  for (const url of [serverUrl, 'http://127.0.0.1:1']) {
    const cancel = new AbortController()
    const fetching = fetchAttachment({ serverUrl: url, token: 't' }, randomUUID(), cancel.signal)
    setTimeout(() => cancel.abort(), 50)
    await expect(fetching).rejects.toMatchObject({ code: 'CANCELLED' })
  }
  expect(performance.now() - begun).toBeLessThan(5_000)
})

test('a relay that is away is waited for, but not for ever', async () => {
  const parts = { serverUrl: 'http://127.0.0.1:1', token: 't', patienceMs: 10 }
  await expect(fetchAttachment(parts, randomUUID(), GOING_ON)).rejects.toMatchObject({ code: 'TIMEOUT_TOTAL' })
})

test('one that answers with a fault every time is not waited for for ever either', async () => {
  const { serverUrl } = await relay((_request, response) => response.writeHead(500).end('{"ok":false}'))
  const parts = { serverUrl, token: 't', patienceMs: 10 }
  await expect(fetchAttachment(parts, randomUUID(), GOING_ON)).rejects.toMatchObject({ code: 'TIMEOUT_TOTAL' })
})
