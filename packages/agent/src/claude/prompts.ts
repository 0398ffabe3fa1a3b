import type { SDKUserMessage } from '@anthropic-ai/claude-agent-sdk'

/** The open end of a conversation: what is pushed is handed to Claude Code, until it is closed. */
export type Prompts = {
  push(text: string): void
  close(): void
  messages: AsyncIterable<SDKUserMessage>
}

export function openPrompts(): Prompts {
  const waiting: SDKUserMessage[] = []
  let closed = false
  let wake = (): void => {}

  async function* messages(): AsyncGenerator<SDKUserMessage> {
    for (;;) {
      const next = waiting.shift()
      if (next !== undefined) yield next
      else if (closed) return
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  }

  return {
    push(text) {
      waiting.push({ type: 'user', message: { role: 'user', content: text }, parent_tool_use_id: null })
      wake()
    },
    close() {
      closed = true
      wake()
    },
    messages: messages(),
  }
}
