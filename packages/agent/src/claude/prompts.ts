import type { SDKUserMessage } from '@anthropic-ai/claude-agent-sdk'
import type { Prompt } from '../driver/driver.ts'

/**
 * The open end of a conversation: what is pushed is handed to Claude Code, until it is closed. Its id becomes Claude Code's own
 * id of it, which is what one goes back to before.
 */
export type Prompts = {
  push(prompt: Prompt): void
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
    push({ id, content }) {
      waiting.push({ type: 'user', uuid: asUuid(id), message: { role: 'user', content }, parent_tool_use_id: null })
      wake()
    },
    close() {
      closed = true
      wake()
    },
    messages: messages(),
  }
}

type Uuid = NonNullable<SDKUserMessage['uuid']>

/** Ids on the wire were checked to be UUIDs, which their type does not say. */
function asUuid(id: string): Uuid {
  return id as Uuid
}
