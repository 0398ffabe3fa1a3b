/** What the scripted model says in one turn: what it streams, or with which error it refuses. */
export type Reply = Message | Refusal

export type Message = { type: 'message'; blocks: Block[]; pace?: Pace }
export type Block =
  | { type: 'text'; text: string }
  | { type: 'thinking'; text: string }
  | { type: 'tool'; name: string; input: Record<string, unknown> }

/** How the text comes: by tokens or by lines, with so many milliseconds for each. */
export type Pace = { by: 'token' | 'line'; ms: number }

/** The errors of the Messages API as they look on the wire. */
export type Refusal = { type: 'error'; status: number; error: string; message: string }

export function say(text: string, pace?: Pace): Message {
  return { type: 'message', blocks: [{ type: 'text', text }], ...(pace === undefined ? {} : { pace }) }
}

/** A sentence and a tool call after it, as the real model does. */
export function call(name: string, input: Record<string, unknown>, before?: string): Message {
  const tool: Block = { type: 'tool', name, input }
  return { type: 'message', blocks: before === undefined ? [tool] : [{ type: 'text', text: before }, tool] }
}

export function refuse(status: number, error: string, message: string): Refusal {
  return { type: 'error', status, error, message }
}
