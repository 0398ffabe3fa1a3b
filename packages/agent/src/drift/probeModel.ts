import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A model that knows one conversation by heart, on loopback: a text, a file that is written, a command that is run. */
export type ProbeModel = { url: string; close(): Promise<void> }

type Block = { type: 'text'; text: string } | { type: 'tool_use'; name: string; input: object }

const TURNS: Block[] = [
  { type: 'tool_use', name: 'Write', input: { file_path: 'probe.txt', content: 'probe' } },
  { type: 'tool_use', name: 'Bash', input: { command: 'echo probe', description: 'Say probe' } },
  { type: 'text', text: 'The probe is done.' },
]

/** @param directory where the file is written */
export async function startProbeModel(directory: string): Promise<ProbeModel> {
  let turn = 0
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      if (request.method !== 'POST' || request.url?.startsWith('/v1/messages?') !== true) {
        response.writeHead(request.method === 'HEAD' ? 200 : 404).end()
        return
      }
      const block = TURNS[Math.min(turn, TURNS.length - 1)] ?? { type: 'text', text: '' }
      turn += 1
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (const event of answer(turn, block, directory)) {
        response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
      }
      response.end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // of a TCP server that listens
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

type Event = { type: string; [field: string]: unknown }

const USAGE = { input_tokens: 1, output_tokens: 1, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 }

/** As Anthropic's Messages API streams. */
function answer(turn: number, block: Block, directory: string): Event[] {
  const message = { id: `msg_${turn}`, type: 'message', role: 'assistant', model: 'probe', content: [], usage: USAGE }
  const isTool = block.type === 'tool_use'
  const input = isTool ? withPath(block.input, directory) : undefined
  return [
    { type: 'message_start', message: { ...message, stop_reason: null, stop_sequence: null } },
    {
      type: 'content_block_start',
      index: 0,
      content_block: isTool
        ? { type: 'tool_use', id: `toolu_${turn}`, name: block.name, input: {} }
        : { type: 'text', text: '' },
    },
    {
      type: 'content_block_delta',
      index: 0,
      delta: isTool
        ? { type: 'input_json_delta', partial_json: JSON.stringify(input) }
        : { type: 'text_delta', text: block.text },
    },
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: isTool ? 'tool_use' : 'end_turn', stop_sequence: null },
      usage: { output_tokens: 1 },
    },
    { type: 'message_stop' },
  ]
}

function withPath(input: object, directory: string): object {
  return 'file_path' in input ? { ...input, file_path: `${directory}/probe.txt` } : input
}
