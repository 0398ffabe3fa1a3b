import type { Goodbye } from '@farhand/shared'

/** The last words to a socket, before it is closed. */
export function sayGoodbye(
  socket: { emit(event: 'goodbye', goodbye: Goodbye): unknown },
  { code, message, retryAfterMs }: { code: string; message: string; retryAfterMs?: number | undefined },
): void {
  socket.emit('goodbye', { code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
}
