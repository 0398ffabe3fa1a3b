import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

/**
 * A scripted model on loopback: it answers `/v1/messages` as Anthropic's Messages API streams, so that the real
 * Claude Code runs whole conversations with no account and no network.
 */
export type Model = {
  url: string
  /** What the model was asked, oldest first. */
  turns: Turn[]
  close(): Promise<void>
}

/** The part of the conversation that the model has not answered yet. */
export type Turn = {
  prompt: string
  toolResults: string[]
  /** What was typed in the whole conversation, as far as the model is told. */
  history: string[]
  /** The types of the images that came with the prompt. */
  images: string[]
  tools: string[]
  /** Which model is asked. */
  model: string
  /** Claude Code tries a model that it is to change to with one short question that is not. */
  streamed: boolean
}

export type Block =
  | { type: 'text'; text: string; chunks?: number; delayMs?: number }
  | { type: 'thinking'; text: string; chunks?: number; delayMs?: number }
  | { type: 'tool_use'; name: string; input: Record<string, unknown> }
  /** A tool that the API runs itself, and what came of it, in the same answer. */
  | { type: 'server_tool_use'; id: string; name: string; input: Record<string, unknown> }
  | { type: 'web_search_tool_result'; tool_use_id: string; content: object }

export type Reply = { blocks: Block[]; hangMs?: number } | { status: number; error: string; message: string }

export async function startModel(script: (turn: Turn) => Reply): Promise<Model> {
  const turns: Turn[] = []
  const server = createServer((request, response) => {
    answer(request, response, script, turns).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the model has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    turns,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

let calls = 0

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  script: (turn: Turn) => Reply,
  turns: Turn[],
): Promise<void> {
  if (request.method !== 'POST' || request.url?.startsWith('/v1/messages?') !== true) {
    response.writeHead(request.method === 'HEAD' ? 200 : 404).end()
    return
  }
  const parts: Buffer[] = []
  for await (const part of request) parts.push(Buffer.from(part))
  const turn = unanswered(JSON.parse(Buffer.concat(parts).toString('utf8')))
  turns.push(turn)
  const reply = script(turn)
  if ('status' in reply) {
    response.writeHead(reply.status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ type: 'error', error: { type: reply.error, message: reply.message } }))
    return
  }
  if (!turn.streamed) {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(wholeMessage(reply.blocks)))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  await stream(reply.blocks, reply.hangMs ?? 0, (event) => {
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  })
  response.end()
}

const contentSchema = z.union([
  z.string(),
  z.array(
    z.looseObject({
      type: z.string(),
      text: z.string().optional(),
      content: z.unknown().optional(),
      source: z.looseObject({ media_type: z.string().optional() }).optional(),
    }),
  ),
])
const bodySchema = z.object({
  messages: z.array(z.object({ role: z.string(), content: contentSchema })),
  tools: z.array(z.looseObject({ name: z.string() })).optional(),
  stream: z.boolean().optional(),
  model: z.string().optional(),
})

function unanswered(body: unknown): Turn {
  const { messages, tools, stream, model = '' } = bodySchema.parse(body)
  const tail = messages.slice(messages.findLastIndex((message) => message.role === 'assistant') + 1)
  const blocks = tail.flatMap(({ role, content }) =>
    role !== 'user' ? [] : typeof content === 'string' ? [{ type: 'text', text: content }] : content,
  )
  const texts = blocks.flatMap((block) => (block.type === 'text' && typeof block.text === 'string' ? [block.text] : []))
  return {
    prompt: texts.findLast((text) => !text.startsWith('<system-reminder>')) ?? '',
    toolResults: blocks.flatMap((block) =>
      block.type === 'tool_result' && 'content' in block ? [JSON.stringify(block.content)] : [],
    ),
    history: typedIn(messages),
    images: blocks.flatMap((block) =>
      block.type === 'image' && 'source' in block ? [block.source?.media_type ?? ''] : [],
    ),
    tools: (tools ?? []).map((tool) => tool.name),
    model,
    streamed: stream === true,
  }
}

function typedIn(messages: z.infer<typeof bodySchema>['messages']): string[] {
  return messages
    .filter(({ role }) => role === 'user')
    .flatMap(({ content }) => (typeof content === 'string' ? [content] : content.map(({ text = '' }) => text)))
    .filter((text) => text !== '' && !text.startsWith('<'))
}

const USAGE = { input_tokens: 100, output_tokens: 1, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 }

function newMessage(): object {
  calls += 1
  return {
    id: `msg_${calls}`,
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    stop_sequence: null,
    usage: USAGE,
  }
}

function wholeMessage(blocks: Block[]): object {
  const text = blocks.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join(' ')
  return { ...newMessage(), content: [{ type: 'text', text }], stop_reason: 'end_turn' }
}

type Event = { type: string; [field: string]: unknown }

async function stream(blocks: Block[], hangMs: number, send: (event: Event) => void): Promise<void> {
  send({ type: 'message_start', message: { ...newMessage(), content: [], stop_reason: null } })
  for (const [index, block] of blocks.entries()) await streamBlock(index, block, send)
  if (hangMs > 0) await sleep(hangMs)
  const stopReason = blocks.some((block) => block.type === 'tool_use') ? 'tool_use' : 'end_turn'
  send({ type: 'message_delta', delta: { stop_reason: stopReason, stop_sequence: null }, usage: { output_tokens: 20 } })
  send({ type: 'message_stop' })
}

async function streamBlock(index: number, block: Block, send: (event: Event) => void): Promise<void> {
  const delta = (part: object): void => send({ type: 'content_block_delta', index, delta: part })
  switch (block.type) {
    case 'text':
      send({ type: 'content_block_start', index, content_block: { type: 'text', text: '' } })
      for (const text of chunksOf(block, 3)) {
        delta({ type: 'text_delta', text })
        if (block.delayMs !== undefined) await sleep(block.delayMs)
      }
      break
    case 'thinking':
      send({ type: 'content_block_start', index, content_block: { type: 'thinking', thinking: '', signature: '' } })
      for (const thinking of chunksOf(block, 1)) {
        delta({ type: 'thinking_delta', thinking })
        if (block.delayMs !== undefined) await sleep(block.delayMs)
      }
      delta({ type: 'signature_delta', signature: 'c2lnbmVk' })
      break
    case 'tool_use':
      calls += 1
      send({ type: 'content_block_start', index, content_block: { ...block, id: `toolu_${calls}`, input: {} } })
      delta({ type: 'input_json_delta', partial_json: JSON.stringify(block.input) })
      break
    case 'server_tool_use':
      send({ type: 'content_block_start', index, content_block: { ...block, input: {} } })
      delta({ type: 'input_json_delta', partial_json: JSON.stringify(block.input) })
      break
    case 'web_search_tool_result':
      send({ type: 'content_block_start', index, content_block: block })
      break
    default:
      block satisfies never
  }
  send({ type: 'content_block_stop', index })
}

function chunksOf({ text, chunks }: { text: string; chunks?: number }, usually: number): string[] {
  const size = Math.max(1, Math.ceil(text.length / (chunks ?? usually)))
  return Array.from({ length: Math.ceil(text.length / size) }, (_, nth) => text.slice(nth * size, (nth + 1) * size))
}
