import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { readConversation, type Conversation } from './conversation.ts'
import { parseJson } from './json.ts'
import type { Message, Refusal } from './reply.ts'
import { nextReply } from './script.ts'
import { formatEvent, streamEvents, wholeMessage, type Envelope } from './stream.ts'

export type ModelOptions = {
  /** @default 0: a free one */
  port?: number
  /** @default 127.0.0.1 */
  host?: string
  /** Tokens per second; 0 is as fast as it goes. @default 30 */
  speed?: number
}

export type Model = {
  /** For `ANTHROPIC_BASE_URL`. */
  url: string
  /** What was asked, oldest first (the newest `KEPT_REQUESTS`). */
  requests: SeenRequest[]
  /** Ends running answers as well. */
  close(): Promise<void>
}

export type SeenRequest = { method: string; path: string; conversation?: Conversation }

const DEFAULT_SPEED = 30
const KEPT_REQUESTS = 1_000
const MAX_REQUEST_BYTES = 64 * 1024 * 1024

/**
 * An HTTP server that answers as Anthropic's Messages API does, with scripted turns, so that the real Claude Code
 * holds whole conversations without an account and without a network. Rejects when the port is taken.
 */
export async function startModel({
  port = 0,
  host = '127.0.0.1',
  speed = DEFAULT_SPEED,
}: ModelOptions = {}): Promise<Model> {
  const requests: SeenRequest[] = []
  const attempts = new Map<string, number>()
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // The door: a broken request must not end the model, and a client that went away needs no answer.
      if (response.destroyed || response.headersSent) response.destroy()
      else sendError(response, { type: 'error', status: 500, error: 'api_error', message: String(error) })
    })
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://model').pathname
    const body = parseJson(await readBody(request))
    const asks = request.method === 'POST' && path === '/v1/messages'
    const conversation = asks ? readConversation(body) : undefined
    requests.push({ method: request.method ?? '', path, ...(conversation ? { conversation } : {}) })
    if (requests.length > KEPT_REQUESTS) requests.shift()
    if (request.method === 'HEAD') return void response.end()
    if (request.method === 'POST' && path === '/v1/messages/count_tokens') {
      return sendJson(response, 200, { input_tokens: tokensOf(body) })
    }
    if (!conversation)
      return sendError(response, { type: 'error', status: 404, error: 'not_found_error', message: 'Not found' })
    if (body === undefined) return sendError(response, BAD_JSON)
    const reply = nextReply(conversation, countAttempt(request, conversation))
    if (reply.type === 'error') return sendError(response, reply)
    const envelope = sealEnvelope(conversation, tokensOf(body), speed)
    if (conversation.stream) return stream(response, reply, envelope)
    sendJson(response, 200, wholeMessage(reply, envelope))
  }

  /** Claude Code repeats a refused request as it was; only the count tells the second from the first. */
  function countAttempt(request: IncomingMessage, { prompt, turns }: Conversation): number {
    const key = JSON.stringify([request.headers['x-claude-code-session-id'], prompt, turns])
    const attempt = (attempts.get(key) ?? 0) + 1
    attempts.set(key, attempt)
    return attempt
  }

  server.listen(port, host)
  await once(server, 'listening')
  // A listening TCP server has an AddressInfo; only pipes have a string.
  const address = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    requests,
    async close() {
      server.close()
      server.closeAllConnections()
      if (server.listening) await once(server, 'close')
    },
  }
}

/** MODEL_SPEED as a number; what is none counts as not said. */
export function readSpeed({ MODEL_SPEED }: NodeJS.ProcessEnv): number {
  return MODEL_SPEED && Number(MODEL_SPEED) >= 0 ? Number(MODEL_SPEED) : DEFAULT_SPEED
}

const BAD_JSON: Refusal = {
  type: 'error',
  status: 400,
  error: 'invalid_request_error',
  message: 'The body is not JSON.',
}

/** Keeps to the schedule rather than to the pauses, so that a busy machine does not slow a long answer down. */
async function stream(response: ServerResponse, message: Message, envelope: Envelope): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  let dueAt = performance.now()
  try {
    for (const event of streamEvents(message, envelope)) {
      dueAt += event.waitMs
      const early = dueAt - performance.now()
      if (early >= 1) await sleep(early, undefined, { signal: gone.signal })
      if (!response.write(formatEvent(event))) await once(response, 'drain', { signal: gone.signal })
    }
  } catch (error) {
    if (!gone.signal.aborted) throw error // otherwise: interrupted by the person, which is no fault
  }
  response.end()
}

function sealEnvelope({ model }: Conversation, inputTokens: number, speed: number): Envelope {
  return {
    id: `msg_${randomBytes(12).toString('hex')}`,
    model,
    inputTokens,
    toolId: () => `toolu_${randomBytes(12).toString('hex')}`,
    pace: { by: 'token', ms: speed > 0 ? 1000 / speed : 0 },
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size > MAX_REQUEST_BYTES) throw new Error('The request is too large.')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** About four characters to a token. */
function tokensOf(body: unknown): number {
  return Math.ceil(JSON.stringify(body ?? '').length / 4)
}

function sendError(response: ServerResponse, { status, error, message }: Refusal): void {
  sendJson(response, status, { type: 'error', error: { type: error, message } })
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
