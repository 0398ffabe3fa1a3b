import type {
  AgentSocketData,
  AgentToServer,
  BrowserSocketData,
  BrowserToServer,
  ServerToAgent,
  ServerToBrowser,
} from '@farhand/shared'
import type { Server, Socket } from 'socket.io'

/** No events between servers: there is one process. */
type NoEvents = Record<never, never>

export type BrowserServer = Server<BrowserToServer, ServerToBrowser, NoEvents, BrowserSocketData>
export type BrowserSocket = Socket<BrowserToServer, ServerToBrowser, NoEvents, BrowserSocketData>
export type AgentServer = Server<AgentToServer, ServerToAgent, NoEvents, AgentSocketData>
export type AgentSocket = Socket<AgentToServer, ServerToAgent, NoEvents, AgentSocketData>
