import { FarhandError, type Goodbye } from '@farhand/shared'
import type { AgentServer, BrowserServer } from './sockets.ts'

const RETRY_AFTER_RESTART_MS = 500
/** What was written last gets this long to leave. */
const PARTING_MS = 300
const PARTING_CHECK_MS = 20

/** The last words to a socket, before it is closed. */
export function sayGoodbye(
  socket: { emit(event: 'goodbye', goodbye: Goodbye): unknown },
  { code, message, retryAfterMs }: { code: string; message: string; retryAfterMs?: number | undefined },
): void {
  socket.emit('goodbye', { code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
}

/** The relay ends: everybody hears it, and is gone when this resolves, or is given up. */
export async function part({ browsers, agents }: { browsers: BrowserServer; agents: AgentServer }): Promise<void> {
  const restarting = new FarhandError('RESTARTING', undefined, { retryAfterMs: RETRY_AFTER_RESTART_MS })
  sayGoodbye(browsers, restarting)
  sayGoodbye(agents, restarting)
  browsers.disconnectSockets(true)
  agents.disconnectSockets(true)
  for (let waited = 0; waited < PARTING_MS; waited += PARTING_CHECK_MS) {
    if (browsers.engine.clientsCount + agents.engine.clientsCount === 0) return
    await new Promise((resolve) => setTimeout(resolve, PARTING_CHECK_MS))
  }
}
