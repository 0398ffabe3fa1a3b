// @vitest-environment node
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { buyTicket } from './api.ts'
import { afterFailure } from './reconnect.ts'

const RULES = { baseMs: 250, maxAttempts: 0 }
const HERE = { online: true, now: 0, random: 0.5 }

/** Somebody in between who answers everything with a page. */
async function portal(status: number): Promise<void> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'Content-Type': 'text/html' }).end('<html><h1>Welcome to our network</h1></html>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  vi.stubEnv('VITE_WS_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}

test.each([200, 401, 403, 502, 511])(
  '[F16] a foreign page with status %d is told as one, and tried again',
  async (status) => {
    await portal(status)
    const error = await buyTicket().catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'INTERNAL',
      message: `Something else answered in the relay's place (status ${status}): a network that wants a sign-in, or a proxy.`,
    })
    expect(afterFailure(error as Parameters<typeof afterFailure>[0], 1, RULES, HERE)).toMatchObject({ name: 'waiting' })
  },
)
