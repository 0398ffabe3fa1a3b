import type { Block, Message, Pace } from './reply.ts'

/** One server-sent event of the Messages API, and how long after the one before it. */
export type StreamEvent = { type: string; data: Record<string, unknown>; waitMs: number }

export type Envelope = { id: string; model: string; inputTokens: number; toolId(): string; pace: Pace }

/** A message as Anthropic's Messages API streams it. */
export function* streamEvents(message: Message, envelope: Envelope): Generator<StreamEvent> {
  yield event('message_start', {
    message: { ...head(envelope), content: [], stop_reason: null, usage: usage(envelope, 1) },
  })
  yield event('ping', {})
  for (const [index, block] of message.blocks.entries()) {
    yield event('content_block_start', { index, content_block: emptyBlock(block, envelope) })
    yield* blockDeltas(index, block, message.pace ?? envelope.pace)
    yield event('content_block_stop', { index })
  }
  yield event('message_delta', {
    delta: { stop_reason: stopReason(message), stop_sequence: null },
    usage: usage(envelope, outputTokens(message)),
  })
  yield event('message_stop', {})
}

/** The same message in one piece, for a request that does not stream. */
export function wholeMessage(message: Message, envelope: Envelope): Record<string, unknown> {
  const content = message.blocks.map((block) => {
    const empty = emptyBlock(block, envelope)
    if (block.type === 'tool') return { ...empty, input: block.input }
    return block.type === 'text'
      ? { ...empty, text: block.text }
      : { ...empty, thinking: block.text, signature: SIGNATURE }
  })
  return { ...head(envelope), content, stop_reason: stopReason(message), usage: usage(envelope, outputTokens(message)) }
}

export function formatEvent({ type, data }: StreamEvent): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`
}

/** Cuts a text into what one delta carries. Joined, the chunks are the text again. */
export function chunks(text: string, by: Pace['by']): string[] {
  return text.match(by === 'line' ? /[^\n]*\n|[^\n]+$/g : /\s*\S{1,8}|\s+$/gu) ?? []
}

/** Claude Code keeps signatures as they come and sends them back; nobody here checks them. */
const SIGNATURE = 'c2NyaXB0ZWQ='

const JSON_CHUNK_CHARACTERS = 120

function* blockDeltas(index: number, block: Block, pace: Pace): Generator<StreamEvent> {
  const delta = (value: Record<string, unknown>, waitMs: number) =>
    event('content_block_delta', { index, delta: value }, waitMs)
  switch (block.type) {
    case 'text':
      for (const text of chunks(block.text, pace.by)) yield delta({ type: 'text_delta', text }, pace.ms)
      return
    case 'thinking':
      for (const thinking of chunks(block.text, pace.by)) yield delta({ type: 'thinking_delta', thinking }, pace.ms)
      yield delta({ type: 'signature_delta', signature: SIGNATURE }, 0)
      return
    case 'tool': {
      const json = JSON.stringify(block.input)
      for (let at = 0; at < json.length; at += JSON_CHUNK_CHARACTERS) {
        yield delta({ type: 'input_json_delta', partial_json: json.slice(at, at + JSON_CHUNK_CHARACTERS) }, pace.ms)
      }
      return
    }
    default:
      block satisfies never
  }
}

function emptyBlock(block: Block, envelope: Envelope): Record<string, unknown> {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: '' }
    case 'thinking':
      return { type: 'thinking', thinking: '', signature: '' }
    case 'tool':
      return { type: 'tool_use', id: envelope.toolId(), name: block.name, input: {} }
    default:
      return block satisfies never
  }
}

function event(type: string, data: Record<string, unknown>, waitMs = 0): StreamEvent {
  return { type, data, waitMs }
}

function head({ id, model }: Envelope): Record<string, unknown> {
  return { id, type: 'message', role: 'assistant', model, stop_sequence: null }
}

function stopReason(message: Message): string {
  return message.blocks.some((block) => block.type === 'tool') ? 'tool_use' : 'end_turn'
}

function usage({ inputTokens }: Envelope, output: number): Record<string, number> {
  return {
    input_tokens: Math.min(inputTokens, UNCACHED_TOKENS),
    output_tokens: output,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: Math.max(0, inputTokens - UNCACHED_TOKENS),
  }
}

/** As if the rest of the prompt were cached; Claude Code computes its costs by that. */
const UNCACHED_TOKENS = 20

function outputTokens(message: Message): number {
  const sizes = message.blocks.map((block) => (block.type === 'tool' ? JSON.stringify(block.input) : block.text).length)
  return Math.max(1, Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 4))
}
